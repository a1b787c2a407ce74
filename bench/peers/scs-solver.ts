import createScs from "scs-solver";
import { coneDim, coneOffsets, type Cone, type ConeKind } from "../../src/problem/cones.ts";
import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import { toSparse } from "../../src/problem/operators/apply.ts";
import { sparseFromTriplets, type SparseMatrix } from "../../src/problem/sparse-matrix.ts";
import type { PeerAnswer, PeerLimits } from "./answer.ts";

/** The order in which SCS wants its cones. */
const ORDER: readonly ConeKind[] = [
  "zero",
  "nonnegative",
  "box",
  "secondOrder",
  "exponential",
  "dualExponential",
  "power",
  "dualPower",
];

interface ScsProblem {
  readonly data: Record<string, number | number[]>;
  readonly cone: Record<string, number | number[]>;
}

function entriesOf(M: SparseMatrix, row: (i: number, j: number) => number | undefined): SparseMatrix {
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  for (let col = 0; col < M.cols; col++) {
    for (let k = M.colPtr[col]; k < M.colPtr[col + 1]; k++) {
      const to = row(M.rowIdx[k], col);
      if (to === undefined) continue;
      i.push(to);
      j.push(col);
      v.push(M.values[k]);
    }
  }
  return sparseFromTriplets(M.rows, M.cols, i, j, v);
}

/** The problem in SCS's own form: rows in its cone order. `undefined` for a cone that scs-solver cannot take. */
export function toScsProblem(problem: ConicProblem): ScsProblem | undefined {
  const boxes = problem.cones.filter((cone) => cone.kind === "box");
  if (problem.cones.some((cone) => cone.kind === "psd") || boxes.length > 1) return undefined;
  const offsets = coneOffsets(problem.cones);
  const m = problem.b.length;
  const position = new Int32Array(m);
  const sorted: Cone[] = [];
  let next = 0;
  for (const kind of ORDER) {
    problem.cones.forEach((cone, k) => {
      if (cone.kind !== kind) return;
      sorted.push(cone);
      for (let row = offsets[k]; row < offsets[k + 1]; row++) position[row] = next++;
    });
  }
  const A = entriesOf(toSparse(problem.A), (i) => position[i]);
  const b = new Array<number>(m).fill(0);
  problem.b.forEach((value, row) => (b[position[row]] = value));
  const rowsOf = (kind: ConeKind): number =>
    sorted.filter((cone) => cone.kind === kind).reduce((sum, cone) => sum + coneDim(cone), 0);
  const count = (kind: ConeKind): number => sorted.filter((cone) => cone.kind === kind).length;
  const q = sorted.flatMap((cone) => (cone.kind === "secondOrder" ? [cone.dim] : []));
  const p = sorted.flatMap((cone) =>
    cone.kind === "power" ? [cone.alpha] : cone.kind === "dualPower" ? [-cone.alpha] : [],
  );
  const P = problem.P === undefined ? undefined : entriesOf(problem.P, (i, j) => (i <= j ? i : undefined));
  return {
    data: {
      m,
      n: problem.c.length,
      A_x: [...A.values],
      A_i: [...A.rowIdx],
      A_p: [...A.colPtr],
      ...(P === undefined ? {} : { P_x: [...P.values], P_i: [...P.rowIdx], P_p: [...P.colPtr] }),
      b,
      c: [...problem.c],
    },
    cone: {
      z: rowsOf("zero"),
      l: rowsOf("nonnegative"),
      ...(boxes.length === 0 ? {} : { bl: [...boxes[0].lower], bu: [...boxes[0].upper], bsize: coneDim(boxes[0]) }),
      q,
      qsize: q.length,
      ep: count("exponential"),
      ed: count("dualExponential"),
      p,
      psize: p.length,
    },
  };
}

/** scs-solver's status codes. */
function statusName(code: number): string {
  switch (code) {
    case 1:
      return "solved";
    case 2:
      return "solvedInaccurate";
    case -1:
      return "dualInfeasible";
    case -2:
      return "primalInfeasible";
    case -7:
      return "primalInfeasibleInaccurate";
    case -6:
      return "dualInfeasibleInaccurate";
    default:
      return "numericalFailure";
  }
}

/** Solves with scs-solver at its published defaults; `undefined` for cones it cannot take (PSD, two boxes). */
export async function solveWithScs(problem: ConicProblem, limits: PeerLimits): Promise<PeerAnswer | undefined> {
  const form = toScsProblem(problem);
  if (form === undefined) return undefined;
  const scs = await createScs();
  const settings = new scs.ScsSettings();
  scs.setDefaultSettings(settings);
  settings.epsAbs = limits.eps;
  settings.epsRel = limits.eps;
  settings.timeLimitSecs = limits.timeLimit;
  settings.verbose = 0;
  const start = performance.now();
  const { info } = scs.solve(form.data, form.cone, settings);
  return {
    status: statusName(info.statusVal),
    iterations: info.iter,
    objective: info.pobj,
    seconds: (performance.now() - start) / 1000,
  };
}
