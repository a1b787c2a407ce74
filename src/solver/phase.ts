import type { DenseKernels } from "../linear/dense-kernels.ts";
import type { ConicPoint } from "../problem/conic-problem.ts";
import type { ValidatedProblem } from "../problem/validate.ts";
import type { CertificateVerifier } from "./certificate.ts";
import type { SolveClock } from "./clock.ts";
import type { PointMeasurer } from "./measures.ts";
import type { Certificate, Measures } from "./result.ts";
import type { Settings } from "./settings.ts";
import { terminationError } from "./termination.ts";

/** What every phase of one solve shares. */
export interface SolveContext {
  readonly problem: ValidatedProblem;
  readonly settings: Settings;
  readonly kernels: DenseKernels;
  readonly measurer: PointMeasurer;
  readonly verifier: CertificateVerifier;
  readonly clock: SolveClock;
}

/** A point with its measures and its termination error (termination.ts). */
export interface MeasuredPoint extends ConicPoint {
  readonly measures: Measures;
  readonly error: number;
}

/**
 * How a phase ended: `solved` and `certificate` settle the problem; `exhausted` means that this phase can do no
 * more (its budget, its iterations, or its precision); `diverging` that its iterates look like a certificate in the
 * making; `referenceTest` that SCS's own test holds.
 */
export type PhaseEnd =
  | "solved"
  | "referenceTest"
  | "certificate"
  | "exhausted"
  | "diverging"
  | "interrupted"
  | "timeLimit"
  | "nonFinite";

export interface PhaseOutcome {
  readonly end: PhaseEnd;
  readonly point: MeasuredPoint;
  readonly certificate?: Certificate;
}

/** Measures a point that lies in the cones by construction. */
export function measurePoint(context: SolveContext, point: ConicPoint): MeasuredPoint {
  const measures = context.measurer.measure(point);
  return { x: point.x, y: point.y, s: point.s, measures, error: terminationError(measures) };
}
