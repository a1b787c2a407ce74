import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { svecLength } from "../../problem/svec.ts";
import { PsdProjector } from "../cpu/psd/project.ts";
import type { GlDevice } from "./gpu-js.ts";
import { LARGEST_ORDER, PolynomialBatch } from "./polynomial.ts";

/** Orders that are timed. */
const ORDERS = { small: 64, large: 256 } as const;
/** Blocks below this are left to the CPU in any case. */
const LEAST_ORDER = 64;
/** WebGL is taken where it needs at most this share of the CPU's time. */
const WORTH = 0.8;
/** The schedule that is timed: 22 products. */
const STEPS = 7;

/** Something (an order, the milliseconds of one projection) at the smaller and at the larger order. */
export interface ProjectionTimes {
  readonly small: number;
  readonly large: number;
}

/**
 * Order from which WebGL projects faster than the CPU; Infinity when it never does. Times grow as α + β·n³ on the device
 * (calls, products) and as γ·n³ on the CPU, from measurements at two orders.
 */
export function crossover(device: ProjectionTimes, cpu: ProjectionTimes, orders: ProjectionTimes = ORDERS): number {
  const { small, large } = orders;
  const beta = Math.max(0, (device.large - device.small) / (large ** 3 - small ** 3));
  const alpha = Math.max(0, device.small - beta * small ** 3);
  const gain = (WORTH * cpu.large) / large ** 3 - beta;
  if (!(gain > 0)) return Infinity;
  const order = Math.max(LEAST_ORDER, Math.ceil(Math.cbrt(alpha / gain)));
  return order <= LARGEST_ORDER ? order : Infinity;
}

/** Times projections of these orders on the device and on the CPU: some tenths of a second. @param now a clock, in ms */
export function measureCrossover(
  device: GlDevice,
  kernels: DenseKernels,
  orders: ProjectionTimes = ORDERS,
  now: () => number = () => performance.now(),
): number {
  const times = (run: (order: number) => number): ProjectionTimes => ({
    small: run(orders.small),
    large: run(orders.large),
  });
  return crossover(
    times((order) => timeOnDevice(device, order, now)),
    times((order) => timeOnCpu(kernels, order, now)),
    orders,
  );
}

function timeOnDevice(device: GlDevice, order: number, now: () => number): number {
  const batch = new PolynomialBatch(device, order, 1);
  const svec = testMatrix(order);
  const rows = Array.from({ length: order }, () => new Float32Array(order));
  let k = 0;
  for (let j = 0; j < order; j++) for (let i = j; i < order; i++) rows[i][j] = rows[j][i] = svec[k++] / order;
  // The first call compiles.
  batch.project([rows], STEPS);
  const time = leastOf(() => batch.project([rows], STEPS), now);
  const { fault } = batch.products;
  batch.products.release();
  return fault === undefined ? time : Infinity;
}

function timeOnCpu(kernels: DenseKernels, order: number, now: () => number): number {
  const projector = new PsdProjector(kernels, [order], { warmStart: "never" });
  const svec = testMatrix(order);
  const out = new Float64Array(svec.length);
  projector.project(svec, 0, order, out, 0, 0);
  return leastOf(() => projector.project(svec, 0, order, out, 0, 0), now);
}

/** The least of three: a pause of the machine must not decide. */
function leastOf(run: () => void, now: () => number): number {
  let least = Infinity;
  for (let k = 0; k < 3; k++) {
    const began = now();
    run();
    least = Math.min(least, now() - began);
  }
  return least;
}

function testMatrix(order: number): Float64Array {
  let state = 1;
  return Float64Array.from({ length: svecLength(order) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
