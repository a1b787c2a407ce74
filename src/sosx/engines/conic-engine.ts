import { sparseFromTriplets } from "../../problem/sparse-matrix.ts";
import type { ConicProblem } from "../../problem/conic-problem.ts";
import { ConicSolver } from "../../solver/conic-solver.ts";
import type { LinearProgram } from "../../lp/highs.ts";
import { lambdaBounds, lpLayout, multipliersFromRows, nodeProgram, readPoint } from "../lp-form.ts";
import { safeBound } from "../node-relaxation.ts";
import type { TrainingProblem } from "../training-problem.ts";
import type { EngineLimits, NodeAnswer, NodeRequest, RelaxationEngine } from "./engine.ts";

/**
 * Nodes one by one through this package's conic solver: one matrix, new right-hand sides. The way for the quadratic loss
 * where the accuracy of an interior-point method is wanted.
 */
export class ConicEngine implements RelaxationEngine {
  readonly name = "conic";
  readonly batch = 1;
  private readonly problem: TrainingProblem;
  private readonly solver: ConicSolver;
  private readonly form: BoundedForm;
  private readonly firstLambda: number;

  constructor(problem: TrainingProblem) {
    this.problem = problem;
    this.form = boundedForm(nodeProgram(problem));
    this.solver = new ConicSolver(this.form.problem, { method: "interior", eps: 1e-9 });
    this.firstLambda = lpLayout(problem).lambda;
  }

  async solve(requests: readonly NodeRequest[], limits: EngineLimits = {}): Promise<NodeAnswer[]> {
    const answers: NodeAnswer[] = [];
    for (const request of requests) answers.push(await this.solveNode(request, limits));
    return answers;
  }

  private async solveNode({ ranges }: NodeRequest, { seconds = 0 }: EngineLimits): Promise<NodeAnswer> {
    const { problem, form, firstLambda } = this;
    const b = form.problem.b.slice();
    lambdaBounds(problem, ranges).forEach((upper, k) => {
      const row = form.upperRow[firstLambda + k];
      if (row >= 0) b[row] = upper;
    });
    this.solver.update({ b });
    const result = await this.solver.solve({ timeLimit: seconds });
    const { iterations, status } = result;
    // The conic multipliers of Ax + s = b enter the Lagrangian with +: rows' duals are −y.
    const rows = result.y.slice(0, form.equalities).map((v) => -v);
    const multipliers = multipliersFromRows(problem, rows);
    if (status === "primalInfeasible" && result.certificate?.kind === "primalInfeasible") {
      const ray = multipliersFromRows(
        problem,
        result.certificate.y.slice(0, form.equalities).map((v) => -v),
      );
      const proved = safeBound(problem, ranges, ray, { ray: true }) > 0;
      return { bound: proved ? Infinity : 0, objective: NaN, solved: proved, iterations };
    }
    const usable = result.x.every(Number.isFinite);
    const bound = usable ? safeBound(problem, ranges, multipliers) : -Infinity;
    if (!usable) return { bound, objective: NaN, solved: false, iterations };
    const { hidden, g } = readPoint(problem, result.x);
    const objective = result.measures.primalObjective;
    return { bound, objective, solved: status === "solved", hidden, g, multipliers, iterations };
  }

  dispose(): void {
    // Nothing outside the heap.
  }
}

interface BoundedForm {
  readonly problem: ConicProblem;
  readonly equalities: number;
  /** Row of each variable's upper bound, −1 without one. */
  readonly upperRow: Int32Array;
}

/** Equality rows first, then x ≤ upper and −x ≤ −lower where finite. */
function boundedForm({ cost, matrix, rowLower, lower, upper, quadratic }: LinearProgram): BoundedForm {
  const rows: number[] = [];
  const columns: number[] = [];
  const values: number[] = [];
  for (let j = 0; j < matrix.cols; j++) {
    for (let k = matrix.colPtr[j]; k < matrix.colPtr[j + 1]; k++) {
      rows.push(matrix.rowIdx[k]);
      columns.push(j);
      values.push(matrix.values[k]);
    }
  }
  const right = Array.from(rowLower);
  const upperRow = new Int32Array(matrix.cols).fill(-1);
  const bound = (j: number, sign: number, value: number): void => {
    rows.push(right.length);
    columns.push(j);
    values.push(sign);
    right.push(value);
  };
  for (let j = 0; j < matrix.cols; j++) {
    if (Number.isFinite(upper[j])) {
      upperRow[j] = right.length;
      bound(j, 1, upper[j]);
    }
    if (Number.isFinite(lower[j])) bound(j, -1, -lower[j]);
  }
  const n = matrix.cols;
  const A = sparseFromTriplets(right.length, n, rows, columns, values);
  const diagonal = Int32Array.from({ length: n }, (_, j) => j);
  const problem: ConicProblem = {
    c: cost,
    A: { kind: "sparse", rows: right.length, cols: n, matrix: A },
    b: Float64Array.from(right),
    cones: [
      { kind: "zero", dim: matrix.rows },
      { kind: "nonnegative", dim: right.length - matrix.rows },
    ],
    ...(quadratic === undefined ? {} : { P: sparseFromTriplets(n, n, diagonal, diagonal, quadratic) }),
  };
  return { problem, equalities: matrix.rows, upperRow };
}
