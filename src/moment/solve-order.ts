import type { DenseKernels } from "../linear/dense-kernels.ts";
import type { Settings } from "../solver/settings.ts";
import { assembleRelaxation } from "./assemble.ts";
import { needsSplitting, splitUntilCertified } from "./certified-splitting.ts";
import { certifyLowerBound } from "./certify.ts";
import type { Incumbent } from "./incumbent.ts";
import { monomialsUpTo } from "./monomial.ts";
import { newtonBasis } from "./newton-basis.ts";
import { Polynomial } from "./polynomial.ts";
import { isNorm } from "./problem.ts";
import type { CompleteProblem } from "./problem.ts";
import { layOutRelaxation } from "./relaxation.ts";
import type { Relaxation, Sparsity } from "./relaxation.ts";
import { unscalePoint } from "./scaling.ts";
import type { ScaledProblem } from "./scaling.ts";
import { solveRelaxation } from "./solve-relaxation.ts";
import type { SolvedRelaxation } from "./solve-relaxation.ts";
import { variableCliques } from "./sparsity/cliques.ts";

export interface OrderSolver {
  readonly kernels: DenseKernels;
  readonly incumbent: Incumbent;
  readonly gapTolerance: number;
  /** Of the conic core; the time limit is what is left. */
  readonly solver: Partial<Settings>;
  readonly onProgress?: (text: string) => void;
}

/** Solves a relaxation; once more over fewer monomials where that fails and a smaller basis has the same value. */
export async function solveOrder(
  relaxation: Relaxation,
  scaled: ScaledProblem,
  by: OrderSolver,
): Promise<SolvedRelaxation> {
  const solved = await solveFull(relaxation, scaled, by);
  if (solved.status !== "failed" && solved.accurate) return solved;
  return (await solveReduced(relaxation.order, scaled, solved, by)) ?? solved;
}

/**
 * By the conic core; where that has the splitting alone and bounds are known, until the certified gap is
 * small.
 */
async function solveFull(
  relaxation: Relaxation,
  scaled: ScaledProblem,
  { kernels, incumbent, gapTolerance, solver, onProgress }: OrderSolver,
): Promise<SolvedRelaxation> {
  const bounded = scaled.box.every(([low, high]) => Number.isFinite(low) && Number.isFinite(high));
  if (!bounded || relaxation.uncovered || isNorm(relaxation.problem.objective)) {
    return solveRelaxation(relaxation, solver);
  }
  const assembled = assembleRelaxation(relaxation);
  // Its certificates come from the splitting's points on the CPU: a device that was asked for is used as it is.
  if (solver.backend === "webgpu" || !needsSplitting(assembled))
    return solveRelaxation(relaxation, solver, assembled);
  const { timeLimit = 0, signal } = solver;
  const outcome = await splitUntilCertified(relaxation, assembled, kernels, {
    lower: (dual) => certifyLowerBound(relaxation, assembled, dual, scaled.box, kernels).value ?? -Infinity,
    upper: async (moments) => {
      const z = Float64Array.from(scaled.scale, (_, v) => moments[relaxation.indexOf([v]) ?? 0]);
      await incumbent.improve(unscalePoint(scaled, z));
      return incumbent.best ? incumbent.best.value * scaled.objectiveScale : Infinity;
    },
    // The gap in scaled units, so that relative to 1 means relative to the objective's own unit.
    gapTolerance,
    timeLimit,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  return {
    relaxation,
    assembled,
    status: outcome.reason === "stopped" ? "stopped" : "solved",
    accurate: outcome.reason === "gap",
    value: outcome.lower,
    moments: outcome.moments,
    dual: outcome.dual,
    result: undefined,
  };
}

/** Without constraints: the same bound over the monomials that a sum of squares can use. */
async function solveReduced(
  order: number,
  scaled: ScaledProblem,
  full: SolvedRelaxation,
  { solver }: OrderSolver,
): Promise<SolvedRelaxation | undefined> {
  const { objective, inequalities, equalities, binary, n } = scaled.problem;
  if (
    isNorm(objective) ||
    inequalities.length + equalities.length + binary.size > 0 ||
    full.relaxation.cliques.length > 1
  ) {
    return undefined;
  }
  const everything = monomialsUpTo(
    Array.from({ length: n }, (_, v) => v),
    order,
  );
  const basis = newtonBasis(objective, everything);
  if (basis.length === everything.length) return undefined;
  const solved = await solveRelaxation(layOutRelaxation(scaled.problem, order, {}, basis), solver);
  if (solved.status === "solved" && full.status === "solved") return { ...full, value: solved.value };
  return solved.status === "failed" ? undefined : solved;
}

/** Adds, for every clique, Σ z² ≤ Σ (bounds)² over its variables, where all of them have bounds. */
export function withBalls({ problem, box }: ScaledProblem, sparsity: Sparsity): CompleteProblem {
  const squares = box.map(([low, high]) => Math.max(low * low, high * high));
  const cliques = sparsity.correlative ? variableCliques(problem) : [squares.map((_, v) => v)];
  const balls = cliques
    .filter((clique) => clique.every((v) => Number.isFinite(squares[v])))
    .map((clique) =>
      Polynomial.fromTerms([
        { coefficient: clique.reduce((sum, v) => sum + squares[v], 0), monomial: [] },
        ...clique.map((v) => ({ coefficient: -1, monomial: [v, v] })),
      ]),
    );
  return { ...problem, inequalities: [...problem.inequalities, ...balls] };
}
