import { interiorPoint } from "../interior/interior-point.ts";
import type { InteriorProgress, InteriorResult } from "../interior/types.ts";
import { toSparse } from "../problem/operators/apply.ts";
import { measurePoint } from "./phase.ts";
import type { PhaseEnd, PhaseOutcome, SolveContext } from "./phase.ts";
import type { Certificate } from "./result.ts";
import type { Statistics } from "./statistics.ts";
import { normInf, scaledCopy } from "./vector.ts";

/** The interior phase aims this much below eps: its last iterations are cheap and buy trust. */
const AIM = 1e-2;
const TIGHTEST = 1e-9;
const LOOSEST = 1e-7;
/** A certificate that is not good enough is sought again this much tighter. */
const REFINED_CERTIFICATE = 1e-2;

/** Runs the second-order phase from a cold start to its end. */
export async function interiorPhase(context: SolveContext, statistics: Statistics): Promise<PhaseOutcome> {
  const { problem, settings, clock, kernels, verifier } = context;
  const { P, A, b, c, cones } = problem;
  const began = clock.seconds;
  const aim = Math.min(Math.max(settings.eps * AIM, TIGHTEST), LOOSEST);
  // In units of b and c, so that tolerances mean the same for data of any size: x = βx', s = βs', y = γy'.
  const beta = powerOfTwo(normInf(b));
  const gamma = powerOfTwo(normInf(c));
  const scaled = {
    ...(P && { P: { ...P, values: scaledCopy(P.values, beta / gamma) } }),
    A: toSparse(A),
    b: scaledCopy(b, 1 / beta),
    c: scaledCopy(c, 1 / gamma),
    cones,
  };
  const report = (p: InteriorProgress): "continue" | "stop" => {
    settings.onIteration?.({
      phase: "interior",
      iteration: p.iteration,
      primalResidual: p.primalResidual,
      dualResidual: p.dualResidual,
      gap: p.gap,
      primalObjective: p.primalObjective * beta * gamma,
      dualObjective: p.dualObjective * beta * gamma,
      penalty: p.mu,
      seconds: clock.seconds,
    });
    return clock.stop ? "stop" : "continue";
  };
  const attempt = async (infeasibility: number): Promise<InteriorResult> => {
    const result = await interiorPoint(scaled, kernels, {
      tolerances: { feasibility: aim, gap: aim, infeasibility },
      onIteration: report,
      yieldIfDue: clock.yieldIfDue,
    });
    statistics.counters.interiorIterations += result.iterations;
    statistics.counters.factorizations += result.counters.factorizations;
    statistics.seconds.linearSolve += result.timings.factorization + result.timings.solve;
    return result;
  };
  let result = await attempt(settings.epsInfeasible);
  let certificate = verified(result.certificate);
  if (result.certificate && !certificate) {
    // The verifier measures against the size of every column, the iteration against the largest: go further.
    result = await attempt(REFINED_CERTIFICATE * settings.epsInfeasible);
    certificate = verified(result.certificate);
  }
  statistics.seconds.interior += clock.seconds - began;

  const point = measurePoint(context, {
    x: scaledCopy(result.x, beta),
    y: scaledCopy(result.y, gamma),
    s: scaledCopy(result.s, beta),
  });
  const end: PhaseEnd = certificate
    ? "certificate"
    : point.error <= settings.eps
      ? "solved"
      : result.reason === "stopped"
        ? (clock.stop ?? "exhausted")
        : Number.isFinite(point.error)
          ? "exhausted"
          : "nonFinite";
  return { end, point, ...(certificate && { certificate }) };

  function verified(candidate: InteriorResult["certificate"]): Certificate | undefined {
    if (!candidate) return undefined;
    return candidate.kind === "primalInfeasible"
      ? verifier.primalInfeasible(candidate.y, settings.epsInfeasible)
      : verifier.dualInfeasible(candidate.x, settings.epsInfeasible);
  }
}

/** The power of two nearest below the magnitude; 1 for zero. Scaling by it is exact. */
function powerOfTwo(magnitude: number): number {
  return magnitude > 0 ? 2 ** Math.floor(Math.log2(magnitude)) : 1;
}
