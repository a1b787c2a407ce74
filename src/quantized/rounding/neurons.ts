import type { DenseKernels } from "../../linear/dense-kernels.ts";
import type { SampleForms } from "../model/sample-forms.ts";

/** ±1 neurons of one output: entry (i, j) of U, V (order×count, column-major) is coordinate i of neuron j. */
export interface Neurons {
  readonly count: number;
  readonly order: number;
  readonly u: Int8Array;
  /** The same array as `u` for neurons uᵀ𝒳u. */
  readonly v: Int8Array;
  /** +1 or −1 per neuron: the sign of its second-layer weight. */
  readonly signs: Int8Array;
}

/** The first `count` neurons. */
export function firstNeurons(neurons: Neurons, count: number): Neurons {
  const { order, u, v, signs } = neurons;
  const part = u.subarray(0, count * order);
  return {
    count,
    order,
    u: part,
    v: v === u ? part : v.subarray(0, count * order),
    signs: signs.subarray(0, count),
  };
}

/** The neurons with these numbers. */
export function selectNeurons(neurons: Neurons, chosen: readonly number[]): Neurons {
  const { order, u, v, signs } = neurons;
  const pick = (from: Int8Array): Int8Array => {
    const out = new Int8Array(chosen.length * order);
    chosen.forEach((j, k) => out.set(from.subarray(j * order, (j + 1) * order), k * order));
    return out;
  };
  const picked = pick(u);
  return {
    count: chosen.length,
    order,
    u: picked,
    v: v === u ? picked : pick(v),
    signs: Int8Array.from(chosen, (j) => signs[j]),
  };
}

/** Neurons handled at a time, so that samples × neurons is never held whole. */
const CHUNK = 256;

/**
 * Calls `visit(first, H)` for chunk after chunk with the outputs H (samples×chunk, column-major) of the hidden units:
 * signⱼ·uⱼᵀ𝒳ᵢvⱼ.
 */
export function forEachHidden(
  kernels: DenseKernels,
  forms: SampleForms,
  neurons: Neurons,
  visit: (first: number, columns: number, H: Float64Array) => void,
): void {
  const { count: n, columns: d, order, expanded: X, activation } = forms;
  const room = Math.min(CHUNK, neurons.count);
  const W = new Float64Array(d * room);
  const left = new Float64Array(n * room);
  const right = new Float64Array(n * room);
  const project = (weights: Int8Array, first: number, columns: number, out: Float64Array): void => {
    for (let j = 0; j < columns; j++) {
      for (let i = 0; i < d; i++) W[j * d + i] = weights[(first + j) * order + i];
    }
    kernels.gemm(false, false, n, columns, d, 1, X, W, 0, out);
  };
  for (let first = 0; first < neurons.count; first += room) {
    const columns = Math.min(room, neurons.count - first);
    project(neurons.u, first, columns, left);
    if (neurons.v === neurons.u) right.set(left);
    else project(neurons.v, first, columns, right);
    for (let j = 0; j < columns; j++) {
      const sign = neurons.signs[first + j];
      if (activation === "bilinear") {
        for (let k = j * n; k < (j + 1) * n; k++) left[k] *= sign * right[k];
        continue;
      }
      const { a, b, c } = activation;
      const lastU = neurons.u[(first + j) * order + d];
      const lastV = neurons.v[(first + j) * order + d];
      for (let k = j * n; k < (j + 1) * n; k++) {
        const s = left[k];
        const t = right[k];
        left[k] = sign * (a * s * t + 0.5 * b * (s * lastV + t * lastU) + c * lastU * lastV);
      }
    }
    visit(first, columns, left);
  }
}

/**
 * Outputs of the network Σⱼ αⱼ signⱼ uⱼᵀ𝒳vⱼ on the samples; one α for all, or one each. Where neurons outnumber the
 * weights of one, ⟨𝒳, Σ αⱼ signⱼ uⱼvⱼᵀ⟩ is the shorter way.
 */
export function networkOutputs(
  kernels: DenseKernels,
  forms: SampleForms,
  neurons: Neurons,
  alpha: number | Float64Array,
): Float64Array {
  const { count: n } = forms;
  const out = new Float64Array(n);
  const weight = (j: number): number => (typeof alpha === "number" ? alpha : alpha[j]);
  if (neurons.count > neurons.order) {
    forms.forward(weightedSum(kernels, neurons, weight), out);
    return out;
  }
  forEachHidden(kernels, forms, neurons, (first, columns, H) => {
    for (let j = 0; j < columns; j++) {
      const a = weight(first + j);
      for (let i = 0, k = j * n; i < n; i++, k++) out[i] += a * H[k];
    }
  });
  return out;
}

/** The symmetric part of Σⱼ αⱼ signⱼ uⱼvⱼᵀ (order×order). */
function weightedSum(kernels: DenseKernels, neurons: Neurons, weight: (j: number) => number): Float64Array {
  const { order, count, u, v, signs } = neurons;
  const Z = new Float64Array(order * order);
  const left = new Float64Array(order * CHUNK);
  const right = new Float64Array(order * CHUNK);
  for (let first = 0; first < count; first += CHUNK) {
    const columns = Math.min(CHUNK, count - first);
    for (let j = 0; j < columns; j++) {
      const a = weight(first + j) * signs[first + j];
      for (let i = 0; i < order; i++) {
        const k = (first + j) * order + i;
        left[j * order + i] = a * u[k];
        right[j * order + i] = v[k];
      }
    }
    kernels.gemm(false, true, order, order, columns, 1, left, right, 1, Z);
  }
  for (let j = 0; j < order; j++) {
    for (let i = 0; i < j; i++) {
      const mean = 0.5 * (Z[j * order + i] + Z[i * order + j]);
      Z[j * order + i] = mean;
      Z[i * order + j] = mean;
    }
  }
  return Z;
}

/** All hidden outputs, samples×neurons. */
export function hiddenMatrix(kernels: DenseKernels, forms: SampleForms, neurons: Neurons): Float64Array {
  const H = new Float64Array(forms.count * neurons.count);
  forEachHidden(kernels, forms, neurons, (first, columns, part) => {
    H.set(part.subarray(0, columns * forms.count), first * forms.count);
  });
  return H;
}
