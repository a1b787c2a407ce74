import type { Result, Status } from "../../src/solver/result.ts";

/** A result with the given status; its numbers are recognisable. */
export function resultWith(status: Status, changes: Partial<Result> = {}): Result {
  return {
    status,
    iterations: 225,
    x: new Float64Array(2),
    y: new Float64Array(3),
    s: new Float64Array(3),
    measures: {
      primalResidual: 1.25e-5,
      dualResidual: 2.5e-6,
      dualityGap: 3.5e-5,
      primalObjective: 23.00001,
      dualObjective: 22.99999,
      primalScale: 1,
      dualScale: 1,
      objectiveScale: 24,
      dimacs: [1e-7, 0, 2e-7, 0, 3e-7, 4e-7],
      objectiveError: 5e-5,
    },
    notes: ["handed over to the interior phase: the splitting would have taken longer, by the cost model's estimate"],
    seconds: { total: 0.84, setup: 0.02, linearSolve: 0.11, projection: 0.5, acceleration: 0, interior: 0.1 },
    counters: {
      splittingIterations: 225,
      interiorIterations: 7,
      factorizations: 9,
      conjugateGradientSteps: 0,
      accelerationAccepted: 0,
      accelerationRejected: 0,
      penaltyUpdates: 2,
    },
    backend: "cpu",
    adapter: "wasm-simd",
    precision: "f64",
    ...changes,
  };
}
