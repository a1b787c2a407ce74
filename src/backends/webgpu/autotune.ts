import { adapterKey } from "./adapters.ts";
import type { Device } from "./device.ts";
import { Gemm, GEMM_SHAPES } from "./gemm.ts";
import { shapeName } from "./gemm-source.ts";
import type { GemmShape } from "./gemm-source.ts";
import type { Plan } from "./plan.ts";

/** The forms of the product to use on an adapter, by order of the matrices. */
export interface GemmTuning {
  readonly small: GemmShape;
  readonly large: GemmShape;
  /** Order from which `large` is used. */
  readonly largeFrom: number;
}

/** Keeps what was measured between runs (a file, localStorage). Texts are opaque. */
export interface TuningStore {
  get(key: string): string | undefined | Promise<string | undefined>;
  set(key: string, value: string): void | Promise<void>;
}

const measured = new Map<string, Promise<GemmTuning>>();

/** Orders at which shapes are compared: on a GPU, and on the CPU where barriers and compilation dominate. */
const GPU_ORDERS = { small: 256, large: 2048, largeFrom: 768 } as const;
const SOFTWARE_ORDERS = { small: 64, large: 192, largeFrom: 128 } as const;
const REPETITIONS = 3;

/** Changes when shapes or measurement change, so that stored choices are not taken over. */
const VERSION = 1;

/**
 * The fastest shapes on this adapter for symmetric products, measured once per adapter and process and kept in the
 * store, if any. On software adapters only register tiles compete.
 */
export function tuneGemm(device: Device, store?: TuningStore): Promise<GemmTuning> {
  const key = `gemm-${VERSION}|${adapterKey(device.adapter)}`;
  let tuning = measured.get(key);
  if (tuning === undefined) {
    tuning = loadOrMeasure(device, key, store);
    measured.set(key, tuning);
    tuning.catch(() => measured.delete(key));
  }
  return tuning;
}

async function loadOrMeasure(device: Device, key: string, store: TuningStore | undefined): Promise<GemmTuning> {
  const stored = await store?.get(key);
  const known = stored === undefined ? undefined : parse(stored);
  if (known !== undefined) return known;
  const orders = device.adapter.software ? SOFTWARE_ORDERS : GPU_ORDERS;
  const candidates = GEMM_SHAPES.filter((shape) => fits(device, shape));
  const tuning = {
    small: await fastest(device, candidates, Math.min(orders.small, largestOrder(device))),
    large: await fastest(device, candidates, Math.min(orders.large, largestOrder(device))),
    largeFrom: orders.largeFrom,
  };
  await store?.set(key, [shapeName(tuning.small), shapeName(tuning.large), tuning.largeFrom].join(" "));
  return tuning;
}

/** Largest order, a multiple of 4, of a matrix in one binding. */
export function largestOrder(device: Device): number {
  return 4 * Math.floor(Math.sqrt(device.limits.maxBindingBytes / 4) / 4);
}

function parse(text: string): GemmTuning | undefined {
  const [smallName, largeName, from] = text.split(" ");
  const small = GEMM_SHAPES.find((shape) => shapeName(shape) === smallName);
  const large = GEMM_SHAPES.find((shape) => shapeName(shape) === largeName);
  const largeFrom = Number(from);
  if (small === undefined || large === undefined || !(largeFrom > 0)) return undefined;
  return { small, large, largeFrom };
}

function fits(device: Device, shape: GemmShape): boolean {
  if (shape.strategy === "register") return true;
  const { rows, columns, threadsDown, threadsAcross, depth } = shape;
  const bytes = 4 * depth * (rows * threadsDown + columns * threadsAcross);
  return (
    !device.adapter.software &&
    bytes <= device.limits.maxWorkgroupBytes &&
    threadsDown * threadsAcross <= device.limits.maxInvocations
  );
}

/** The shortest of a few runs of a plan, in milliseconds, after one that may still compile. */
export async function timePlan(device: Device, plan: Plan): Promise<number> {
  device.run(plan);
  await device.finish();
  let time = Infinity;
  for (let i = 0; i < REPETITIONS; i++) {
    const start = performance.now();
    device.run(plan);
    await device.finish();
    time = Math.min(time, performance.now() - start);
  }
  return time;
}

async function fastest(device: Device, shapes: readonly GemmShape[], order: number): Promise<GemmShape> {
  const bytes = 4 * order * order;
  const A = await device.upload(new Float32Array(order * order).fill(1 / order), "tuning A");
  const C = await device.buffers.allocate(bytes, "tuning C");
  const coefficients = await device.upload(new Float32Array([1, 0]), "tuning coefficients");
  let best = { shape: shapes[0], time: Infinity };
  for (const shape of shapes) {
    const gemm = new Gemm(shape);
    await device.compile([gemm.kernel]);
    const plan = device.plan();
    gemm.add(plan, { m: order, n: order, k: order, A, B: A, C, coefficients, symmetric: true });
    const time = await timePlan(device, plan);
    if (time < best.time) best = { shape, time };
  }
  for (const buffer of [A, C, coefficients]) device.buffers.release(buffer);
  return best.shape;
}
