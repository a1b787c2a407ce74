import { estimateInteriorCost } from "../interior/cost.ts";
import { operatorEntries, operatorNonzeros, toSparse } from "../problem/operators/apply.ts";
import type { ConeKind } from "../problem/cones.ts";
import type { ValidatedProblem } from "../problem/validate.ts";
import type { RefinementChoice } from "./settings.ts";

/** Written-out operators larger than this are left to the splitting, which never writes them out. */
const MOST_ENTRIES = 2e7;
/** Work of one interior-point solve: iterations that most problems stay under. */
const INTERIOR_ITERATIONS = 25;
/** Iterations that the splitting needs on problems it suits. */
const SPLITTING_ITERATIONS = 400;
/**
 * Time of one operation in an eigendecomposition (bound by memory and rotations) over one in a factorisation or
 * matrix product.
 */
const PROJECTION_WEIGHT = 3;

/** How many splitting iterations to make before the interior-point phase takes over. */
export interface Handover {
  /** 0: the interior phase at once. Infinity: never. */
  readonly splittingIterations: number;
  /** For the log. */
  readonly reason: string;
}

/**
 * The splitting makes cheap iterations, of which it may need hundreds or millions; the interior phase dear ones, of
 * which it needs about 25. Which is cheaper shows only on the way, so the splitting gets as much work as the
 * interior phase would cost, and is then replaced: never more than twice the better of the two. Where the interior
 * phase costs less than a well-behaved splitting it goes first.
 *
 * Counts operations and not seconds, so that a solve is the same on every machine.
 */
export function planHandover(problem: ValidatedProblem): Handover {
  if (operatorEntries(problem.A) > MOST_ENTRIES) {
    return { splittingIterations: Infinity, reason: "A is kept as an operator" };
  }
  const interior = estimateInteriorCost({ ...problem, A: toSparse(problem.A) });
  if (!interior.feasible) return { splittingIterations: Infinity, reason: "too large for the interior phase" };
  const whole = INTERIOR_ITERATIONS * interior.flopsPerIteration;
  const iterations = Math.ceil(whole / splittingFlops(problem));
  return iterations < SPLITTING_ITERATIONS
    ? { splittingIterations: 0, reason: "the interior phase is the cheaper one" }
    : { splittingIterations: iterations, reason: `the interior phase costs ${iterations} splitting iterations` };
}

/** Weighted operations of one splitting iteration: projections, the linear solve, products. */
function splittingFlops({ A, cones, c }: ValidatedProblem): number {
  let flops = 8 * operatorNonzeros(A) + 20 * (c.length + A.rows);
  for (const cone of cones) {
    if (cone.kind === "psd") flops += PROJECTION_WEIGHT * 6 * cone.order ** 3 + 200;
  }
  return flops;
}

/** Whether the interior phase fits in memory. */
export function interiorIsPossible(problem: ValidatedProblem): boolean {
  return (
    operatorEntries(problem.A) <= MOST_ENTRIES &&
    estimateInteriorCost({ ...problem, A: toSparse(problem.A) }).feasible
  );
}

/** Order of a PSD block, and total work of all, from which a GPU is worth its start-up. */
const DEVICE_ORDER = 200;
const DEVICE_WORK = 5e8;

/** Where a device's f32 may stop when corrections follow there: they win three digits each, wherever they begin. */
export const CORRECTED_FROM = 1e-5;
/** Tolerances below this are past f32 on most problems. */
const F32_REACHES = 1e-6;
/** Up to this order f64 eigendecompositions on the host, two or three, are taken to cost less than f32's last digits. */
const CHEAP_BASE = 500;

/** Cones that corrections on a device know the derivative of. */
const CORRECTED: readonly ConeKind[] = ["zero", "nonnegative", "secondOrder", "psd"];

/**
 * Who takes a point of a device past f32: the device by corrections, where it is a GPU and the projections large enough
 * for one; else the CPU, which on software adapters is the faster of the two. `forced` decides where the cones allow it.
 */
export function chooseRefinement(
  problem: ValidatedProblem,
  software: boolean,
  forced: RefinementChoice,
): { readonly on: "device" | "cpu"; readonly reason: string } {
  const other = problem.cones.find(({ kind }) => !CORRECTED.includes(kind));
  if (other) return { on: "cpu", reason: `the ${other.kind} cone has no derivative on the device` };
  if (forced !== "auto") return { on: forced, reason: `asked for by refinement "${forced}"` };
  if (software) return { on: "cpu", reason: "the adapter is a software one" };
  return paysOnDevice(problem)
    ? { on: "device", reason: "large enough for a GPU" }
    : { on: "cpu", reason: "the semidefinite blocks are small" };
}

/**
 * Whether f32 stops at {@link CORRECTED_FROM} because its last digits, its slowest, are found faster by what follows: by
 * corrections, unless their eigendecompositions are dear and the tolerance within f32's reach, and past that reach by the
 * CPU where the adapter is a software one.
 */
export function stopsEarly({ cones }: ValidatedProblem, software: boolean, on: "device" | "cpu", eps: number): boolean {
  if (eps < F32_REACHES) return on === "device" || software;
  return on === "device" && cones.every((cone) => cone.kind !== "psd" || cone.order <= CHEAP_BASE);
}

/** Whether the projections are large enough for a GPU, and the problem is one that it can take. */
export function paysOnDevice({ P, cones }: ValidatedProblem): boolean {
  if (P) return false;
  let work = 0;
  let largest = 0;
  for (const cone of cones) {
    if (["exponential", "dualExponential", "power", "dualPower"].includes(cone.kind)) return false;
    if (cone.kind !== "psd") continue;
    work += cone.order ** 3;
    largest = Math.max(largest, cone.order);
  }
  return largest >= DEVICE_ORDER || work >= DEVICE_WORK;
}
