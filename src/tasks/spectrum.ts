import { loadDenseKernels } from "../backends/cpu/kernels/load.ts";
import { coneOffsets } from "../problem/cones.ts";
import type { Cone } from "../problem/cones.ts";
import { svecToMatrix } from "../problem/svec.ts";

/** Beyond this order the eigenvalues would take longer than a person waits for a picture. */
const LARGEST_ORDER = 1000;

/**
 * Eigenvalues of the largest PSD block of `s` (rows of `cones`), falling; undefined where there is none, or where it is
 * larger than 1000 or not finite.
 */
export async function largestBlockSpectrum(cones: readonly Cone[], s: Float64Array): Promise<Float64Array | undefined> {
  const offsets = coneOffsets(cones);
  let largest = -1;
  let order = 0;
  cones.forEach((cone, k) => {
    if (cone.kind === "psd" && cone.order > order) {
      largest = k;
      order = cone.order;
    }
  });
  if (largest < 0 || order > LARGEST_ORDER) return undefined;
  if (!s.subarray(offsets[largest], offsets[largest + 1]).every(Number.isFinite)) return undefined;
  const matrix = new Float64Array(order * order);
  svecToMatrix(s, offsets[largest], order, matrix);
  const values = new Float64Array(order);
  (await loadDenseKernels()).eigenvalues(order, matrix, values);
  return values.reverse();
}
