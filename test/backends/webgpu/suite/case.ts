import type { Device } from "../../../../src/backends/webgpu/device.ts";
import type { DenseKernels } from "../../../../src/linear/dense-kernels.ts";

/** What a kernel got wrong, and how much it may. */
export interface Comparison {
  readonly label: string;
  readonly error: number;
  readonly limit: number;
}

/** What cases need: a device and the f64 reference. */
export interface Bench {
  readonly device: Device;
  readonly dense: DenseKernels;
}

/** One check of a kernel against f64. Runs in Node and in browsers alike: no test framework, no node: imports. */
export interface KernelCase {
  readonly name: string;
  run(bench: Bench): Promise<Comparison[]>;
}

/** ‖value − reference‖₂ / scale, scale ‖reference‖₂ by default. NaN (a failure of any limit) when anything is NaN. */
export function relativeError(
  value: ArrayLike<number>,
  reference: ArrayLike<number>,
  scale: ArrayLike<number> = reference,
): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < reference.length; i++) {
    difference += (value[i] - reference[i]) ** 2;
    size += scale[i] ** 2;
  }
  return size === 0 ? Math.sqrt(difference) : Math.sqrt(difference / size);
}
