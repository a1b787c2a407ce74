import type { Counters, Timings } from "./result.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What the phases of one solve add up; becomes `seconds` and `counters` of the Result. */
export interface Statistics {
  readonly seconds: Mutable<Timings>;
  readonly counters: Mutable<Counters>;
}

export function newStatistics(): Statistics {
  return {
    seconds: { total: 0, setup: 0, linearSolve: 0, projection: 0, acceleration: 0, interior: 0 },
    counters: {
      splittingIterations: 0,
      interiorIterations: 0,
      factorizations: 0,
      conjugateGradientSteps: 0,
      accelerationAccepted: 0,
      accelerationRejected: 0,
      penaltyUpdates: 0,
    },
  };
}
