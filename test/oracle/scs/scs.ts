import createScs from "scs-solver";
import { coneDim } from "../../../src/problem/cones.ts";
import type { Cone, ConeKind } from "../../../src/problem/cones.ts";
import type { ConicProblem } from "../../../src/problem/conic-problem.ts";

export interface ScsAnswer {
  readonly status: "solved" | "primalInfeasible" | "dualInfeasible" | "unfinished";
  readonly iterations: number;
  readonly primalObjective: number;
  readonly x: readonly number[];
}

export interface ScsOptions {
  readonly eps: number;
  readonly normalize?: boolean;
  readonly adaptiveScale?: boolean;
  readonly scale?: number;
  readonly alpha?: number;
  readonly maxIterations?: number;
}

const STATUS: Readonly<Record<string, ScsAnswer["status"]>> = {
  1: "solved",
  [-1]: "dualInfeasible",
  [-2]: "primalInfeasible",
};

/** npm scs-solver (SCS 3.2.7, no LAPACK: no PSD cones, no acceleration). Cones must come in SCS's order. */
export async function solveWithScs(problem: ConicProblem, options: ScsOptions): Promise<ScsAnswer> {
  if (problem.A.kind !== "sparse") throw new Error("the oracle takes sparse matrices");
  const { matrix } = problem.A;
  const scs = await createScs();
  const settings = new scs.ScsSettings();
  scs.setDefaultSettings(settings);
  settings.verbose = 0;
  settings.epsAbs = settings.epsRel = options.eps;
  settings.normalize = options.normalize ?? true;
  settings.adaptiveScale = options.adaptiveScale ?? true;
  settings.scale = options.scale ?? 0.1;
  settings.alpha = options.alpha ?? 1.5;
  settings.maxIters = options.maxIterations ?? 20_000;
  const P = problem.P;
  const data = {
    m: problem.b.length,
    n: problem.c.length,
    A_x: [...matrix.values],
    A_i: [...matrix.rowIdx],
    A_p: [...matrix.colPtr],
    ...(P && { P_x: [...P.values], P_i: [...P.rowIdx], P_p: [...P.colPtr] }),
    b: [...problem.b],
    c: [...problem.c],
  };
  const answer = scs.solve(data, scsCones(problem.cones), settings);
  return {
    status: STATUS[answer.info.statusVal] ?? "unfinished",
    iterations: answer.info.iter,
    primalObjective: answer.info.pobj,
    x: answer.x,
  };
}

function scsCones(cones: readonly Cone[]): Record<string, number | number[]> {
  const rows = (kind: ConeKind): number =>
    cones.filter((cone) => cone.kind === kind).reduce((sum, cone) => sum + coneDim(cone), 0);
  const q = cones.flatMap((cone) => (cone.kind === "secondOrder" ? [cone.dim] : []));
  const p = cones.flatMap((cone) =>
    cone.kind === "power" ? [cone.alpha] : cone.kind === "dualPower" ? [-cone.alpha] : [],
  );
  const box = cones.find((cone) => cone.kind === "box");
  return {
    z: rows("zero"),
    l: rows("nonnegative"),
    ...(box && { bl: [...box.lower], bu: [...box.upper], bsize: coneDim(box) }),
    q,
    qsize: q.length,
    ep: rows("exponential") / 3,
    ed: rows("dualExponential") / 3,
    p,
    psize: p.length,
  };
}
