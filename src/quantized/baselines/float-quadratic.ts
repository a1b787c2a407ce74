import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { SampleForms } from "../model/sample-forms.ts";
import type { Samples } from "../model/sample-forms.ts";
import { createGramSolver } from "../solve/gram-solver.ts";

/** Candidates of the ridge, relative to the mean diagonal of the Gram matrix. */
const RIDGES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];
/** Samples that the choice of the ridge is made on, at most. */
const CHOICE_SAMPLES = 1500;

/** The float quadratic network ŷ = xᵀSx by output, S symmetric (features×features). */
export interface FloatQuadratic {
  readonly matrices: readonly Float64Array[];
  readonly ridge: number;
}

/**
 * The best quadratic network with unquantized weights in the sense of ridge regression: min ‖diag(XSXᵀ) − y‖² + λ‖S‖²_F.
 * λ is chosen from a grid on a fifth of the training samples (the last ones), then all are fitted.
 */
export function fitFloatQuadratic(
  kernels: DenseKernels,
  samples: Samples,
  targets: readonly Float64Array[],
): FloatQuadratic {
  const chooseFrom = Math.min(samples.count, CHOICE_SAMPLES);
  const fitted = Math.floor(0.8 * chooseFrom);
  let ridge = 1e-3;
  if (fitted >= 2 && chooseFrom > fitted) {
    const part = rowsOf(samples, 0, fitted);
    const held = rowsOf(samples, fitted, chooseFrom);
    let least = Infinity;
    for (const candidate of RIDGES) {
      const matrices = fit(
        kernels,
        part,
        targets.map((y) => y.subarray(0, fitted)),
        candidate,
      );
      const error = matrices.reduce((sum, S, k) => {
        const out = quadraticOutputs(kernels, held, S);
        return sum + out.reduce((s, u, i) => s + (u - targets[k][fitted + i]) ** 2, 0);
      }, 0);
      if (error < least) {
        least = error;
        ridge = candidate;
      }
    }
  }
  return { matrices: fit(kernels, samples, targets, ridge), ridge };
}

function fit(
  kernels: DenseKernels,
  samples: Samples,
  targets: readonly Float64Array[],
  ridge: number,
): Float64Array[] {
  const forms = new SampleForms(kernels, samples);
  const n = samples.count;
  const size = forms.squaredNorms().reduce((sum, s) => sum + s, 0) / n || 1;
  // (θI + 2G)v = y with θ = 2λ: v is half the multiplier of ridge regression.
  const solver = createGramSolver(kernels, forms, "bilinear");
  solver.prepare(2 * ridge * size);
  const right = new Float64Array(n * targets.length);
  targets.forEach((y, k) => right.set(y, k * n));
  solver.solve(right, targets.length);
  return targets.map((_, k) => {
    const v = right.subarray(k * n, (k + 1) * n).map((value) => 2 * value);
    const S = new Float64Array(samples.features ** 2);
    forms.adjoint(v, S);
    return S;
  });
}

/** xᵀSx for every sample. */
export function quadraticOutputs(kernels: DenseKernels, samples: Samples, S: Float64Array): Float64Array {
  const out = new Float64Array(samples.count);
  new SampleForms(kernels, samples).forward(S, out);
  return out;
}

/** Samples first … last − 1. */
export function rowsOf({ count, features, values }: Samples, first: number, last: number): Samples {
  const rows = last - first;
  const out = new Float64Array(rows * features);
  for (let j = 0; j < features; j++) out.set(values.subarray(j * count + first, j * count + last), j * rows);
  return { count: rows, features, values: out };
}
