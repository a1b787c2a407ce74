import { adapterKey } from "../adapters.ts";
import { timePlan, tuneGemm } from "../autotune.ts";
import type { GemmTuning, TuningStore } from "../autotune.ts";
import type { Device } from "../device.ts";
import { Gemm } from "../gemm.ts";
import { JACOBI_MAX_ORDER, JacobiProjector } from "./jacobi.ts";
import { PolynomialProjector } from "./polynomial.ts";

/** What is measured once per adapter: products, and the order up to which Jacobi beats the polynomial. */
export interface DeviceTuning extends GemmTuning {
  readonly jacobiUpTo: number;
}

/** Orders tried on a GPU, and blocks of each. */
const ORDERS = [16, 24, 32, JACOBI_MAX_ORDER] as const;
const BLOCKS = 256;

/** On software adapters barriers make Jacobi slow; measured on lavapipe and SwiftShader. */
const SOFTWARE_LIMIT = 12;

/** Changes when the measurement does. */
const VERSION = 1;

const measured = new Map<string, Promise<number>>();

/** The tuning of an adapter, measured at the first call in a process unless the store knows it. */
export async function tuneDevice(device: Device, store?: TuningStore): Promise<DeviceTuning> {
  const gemm = await tuneGemm(device, store);
  const key = `jacobi-${VERSION}|${adapterKey(device.adapter)}`;
  let limit = measured.get(key);
  if (limit === undefined) {
    limit = loadOrMeasure(device, gemm, key, store);
    measured.set(key, limit);
    limit.catch(() => measured.delete(key));
  }
  return { ...gemm, jacobiUpTo: await limit };
}

async function loadOrMeasure(
  device: Device,
  gemm: GemmTuning,
  key: string,
  store: TuningStore | undefined,
): Promise<number> {
  const stored = Number(await store?.get(key));
  if (stored > 0 && stored <= JACOBI_MAX_ORDER) return stored;
  const limit = device.adapter.software ? SOFTWARE_LIMIT : await measure(device, gemm);
  await store?.set(key, String(limit));
  return limit;
}

async function measure(device: Device, tuning: GemmTuning): Promise<number> {
  let limit: number = SOFTWARE_LIMIT;
  for (const order of ORDERS) {
    const rows = (order * (order + 1)) / 2;
    const blocks = Array.from({ length: BLOCKS }, (_, i) => ({ offset: i * rows, order }));
    // Any data do: sines of squares have eigenvalues of both signs.
    const x = await device.upload(Float32Array.from({ length: BLOCKS * rows }, (_, i) => Math.sin(i * i)), "tuning x");
    const jacobi = await JacobiProjector.create(device, blocks);
    const polynomial = await PolynomialProjector.create(device, blocks, order, new Gemm(tuning.small));
    const byJacobi = device.plan();
    // The data are restored before each run, or the second would find its work done.
    const original = await device.buffers.allocate(x.bytes, "tuning data");
    device.run(device.plan().copy(x, 0, original, 0, x.bytes));
    byJacobi.copy(original, 0, x, 0, x.bytes);
    jacobi.add(byJacobi, x);
    const byPolynomial = device.plan().copy(original, 0, x, 0, x.bytes);
    polynomial.add(byPolynomial, x, 7);
    const faster = (await timePlan(device, byJacobi)) <= (await timePlan(device, byPolynomial));
    jacobi.release(device);
    polynomial.release(device);
    device.buffers.release(x);
    device.buffers.release(original);
    if (!faster) break;
    limit = order;
  }
  return limit;
}
