import type { LpBasis, LpAnswer } from "../../lp/highs.ts";
import { HighsModel } from "../../lp/highs.ts";
import { lambdaBounds, lpLayout, multipliersFromRows, nodeProgram, readPoint } from "../lp-form.ts";
import type { PieceRanges } from "../node-relaxation.ts";
import { safeBound } from "../node-relaxation.ts";
import type { TrainingProblem } from "../training-problem.ts";
import type { EngineLimits, NodeAnswer, NodeRequest, RelaxationEngine, WarmState } from "./engine.ts";

interface BasisState extends WarmState {
  readonly basis: LpBasis;
}

/** One node after another by HiGHS's dual simplex, warm from the parent's basis. */
export class HighsEngine implements RelaxationEngine {
  readonly name = "highs";
  readonly batch = 1;
  private readonly problem: TrainingProblem;
  private readonly model: HighsModel;
  private readonly lower: Float64Array;
  private readonly upper: Float64Array;
  private readonly firstLambda: number;
  /** Simplex iterations of the hardest node so far, for `effort`. */
  private longest = 200;

  private constructor(problem: TrainingProblem, model: HighsModel, lower: Float64Array, upper: Float64Array) {
    this.problem = problem;
    this.model = model;
    this.lower = lower;
    this.upper = upper;
    this.firstLambda = lpLayout(problem).lambda;
  }

  /** @throws UnsupportedError when the optional package `highs` is not installed */
  static async create(problem: TrainingProblem): Promise<HighsEngine> {
    const program = nodeProgram(problem);
    const model = await HighsModel.create(program);
    return new HighsEngine(problem, model, program.lower, program.upper.slice());
  }

  solve(requests: readonly NodeRequest[], limits: EngineLimits = {}): Promise<NodeAnswer[]> {
    return Promise.resolve(requests.map((request) => this.solveNode(request, limits)));
  }

  private solveNode({ ranges, warm }: NodeRequest, { effort = 1, seconds }: EngineLimits): NodeAnswer {
    const { model, upper, problem } = this;
    upper.set(lambdaBounds(problem, ranges), this.firstLambda);
    // Forget the last node, so that an answer depends on its request alone.
    model.setBasis(undefined);
    model.setBounds(this.lower, upper);
    const basis = warm?.engine === this.name ? (warm as BasisState).basis : undefined;
    if (basis !== undefined) model.setBasis(basis);
    const iterations = effort < 1 ? Math.ceil(effort * this.longest) : undefined;
    const answer = model.solve({ seconds, iterations });
    if (effort >= 1 && answer.status === "optimal") this.longest = Math.max(this.longest, answer.iterations);
    return this.read(answer, ranges);
  }

  private read(answer: LpAnswer, ranges: PieceRanges): NodeAnswer {
    const { problem } = this;
    const { status, iterations, x, y } = answer;
    if (status === "infeasible") {
      const proved = y !== undefined && provesEmpty(problem, ranges, y);
      // HiGHS's word alone (its tolerance 1e-7) is taken too when its ray is missing or rounds away.
      return { bound: Infinity, objective: NaN, solved: proved, iterations };
    }
    const multipliers = y === undefined ? undefined : multipliersFromRows(problem, y);
    const bound = multipliers === undefined ? -Infinity : safeBound(problem, ranges, multipliers);
    const solved = status === "optimal";
    const rest = { bound, solved, iterations, ...(multipliers === undefined ? {} : { multipliers }) };
    if (x === undefined) return { ...rest, objective: NaN };
    const { hidden, g } = readPoint(problem, x);
    const basis = this.model.basis();
    const state: BasisState | undefined = basis === undefined ? undefined : { engine: this.name, basis };
    return { ...rest, objective: answer.objective, hidden, g, ...(state === undefined ? {} : { warm: state }) };
  }

  dispose(): void {
    this.model.dispose();
  }
}

function provesEmpty(problem: TrainingProblem, ranges: PieceRanges, ray: Float64Array): boolean {
  return [1, -1].some((sign) => {
    const y = ray.map((v) => sign * v);
    return safeBound(problem, ranges, multipliersFromRows(problem, y), true) > 0;
  });
}
