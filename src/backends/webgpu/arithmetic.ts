import type { Device } from "./device.ts";
import { arithmetic as source } from "./generated/shaders.ts";
import { parameters } from "./kernel.ts";
import type { Kernel } from "./kernel.ts";

/** Which exact tricks in f32 hold on a device. WGSL allows compilers to reassociate and to fuse, so each is probed. */
export interface Arithmetic {
  /** TwoSum as written. */
  readonly twoSum: boolean;
  /** TwoSum behind an opaque exclusive-or. */
  readonly opaqueTwoSum: boolean;
  /** Dekker's product with masked halves, behind the same. */
  readonly opaqueTwoProduct: boolean;
  /** Sums of products of 7-bit integers: what slicing methods need. */
  readonly exactIntegers: boolean;
}

const kernel: Kernel = { name: "arithmetic", source };
const COUNT = 4096;
const TERMS = 512;

/** Probes a device with numbers of many magnitudes and compares with exact f64 results. */
export async function testArithmetic(device: Device): Promise<Arithmetic> {
  await device.compile([kernel]);
  const x = samples(0.7548776662466927);
  const y = samples(0.5698402909980532);
  const buffers = [
    await device.upload(x, "probe x"),
    await device.upload(y, "probe y"),
    await device.buffers.allocate(16 * COUNT, "probe errors"),
  ];
  const plan = device.plan().dispatch(kernel, [parameters([COUNT, 0]), ...buffers], [COUNT / 64, 1, 1]);
  device.run(plan);
  const errors = await device.readFloats(buffers[2], 4 * COUNT);
  for (const buffer of buffers) device.buffers.release(buffer);
  const holds = (component: number, exact: (i: number) => number): boolean => {
    for (let i = 0; i < COUNT; i++) if (errors[4 * i + component] !== exact(i)) return false;
    return true;
  };
  // Magnitudes differ by less than 2²⁴, so sums and products of two f32 are exact in f64.
  const sumError = (i: number): number => x[i] + y[i] - Math.fround(x[i] + y[i]);
  return {
    twoSum: holds(0, sumError),
    opaqueTwoSum: holds(1, sumError),
    opaqueTwoProduct: holds(2, (i) => x[i] * y[i] - Math.fround(x[i] * y[i])),
    exactIntegers: holds(3, integerSum),
  };
}

/** Numbers of both signs in 2⁻¹⁰ … 2¹⁰ with full significands, from a Kronecker sequence. */
function samples(step: number): Float32Array {
  return Float32Array.from({ length: COUNT }, (_, i) => {
    const u = ((i + 1) * step) % 1;
    const v = ((i + 1) * step * 1e3) % 1;
    return (v < 0.5 ? -1 : 1) * (1 + v) * 2 ** (20 * u - 10);
  });
}

function integerSum(i: number): number {
  let sum = 0;
  for (let k = 0; k < TERMS; k++) sum += (((i * 37 + k * 11) % 255) - 127) * (((i * 53 + k * 29) % 255) - 127);
  return sum;
}
