import type { Device } from "../../src/backends/webgpu/device.ts";
import type { Plan } from "../../src/backends/webgpu/plan.ts";

/** Times of one run of a plan, from submission to the end of its work. */
export interface PlanTiming {
  readonly medianMs: number;
  readonly leastMs: number;
  /** Batches measured, and runs to a batch. */
  readonly batches: number;
  readonly runs: number;
}

/** A batch should take about this long, so that waiting for its end weighs little. */
const BATCH_MS = 30;
const MOST_RUNS = 1000;
const LEAST_BATCHES = 3;

/**
 * Times a plan: after a run that may still compile and one that sets the number of runs to a batch, at least three
 * batches and as many as fit the budget (milliseconds). A plan that takes longer than the budget is run twice more.
 */
export async function measurePlan(device: Device, plan: Plan, budget: number): Promise<PlanTiming> {
  const batch = async (runs: number): Promise<number> => {
    const start = performance.now();
    for (let run = 0; run < runs; run++) device.run(plan);
    await device.finish();
    return (performance.now() - start) / runs;
  };
  await batch(1);
  const once = await batch(1);
  const runs = Math.max(1, Math.min(MOST_RUNS, Math.round(BATCH_MS / once)));
  const times = runs === 1 ? [once] : [];
  for (let spent = 0; times.length < LEAST_BATCHES || spent < budget; ) {
    const time = await batch(runs);
    times.push(time);
    spent += time * runs;
  }
  return { medianMs: median(times), leastMs: Math.min(...times), batches: times.length, runs };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Three significant digits, without an exponent where that reads well. */
export function digits(value: number): string {
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) return value.toExponential(2);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
