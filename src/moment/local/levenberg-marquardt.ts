import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { dot, normInf } from "../../solver/vector.ts";

/** Residuals r(x) ∈ Rᵐ with their Jacobian. */
export interface ResidualFunction {
  readonly rows: number;
  residuals(x: Float64Array, out: Float64Array): void;
  /** Column-major rows×n. */
  jacobian(x: Float64Array, out: Float64Array): void;
}

export interface LeastSquaresPoint {
  readonly x: Float64Array;
  /** ‖r‖₂. */
  readonly norm: number;
  readonly iterations: number;
}

/**
 * A local minimiser of ‖r(x)‖₂ by the method of Levenberg and Marquardt, damping relative to the diagonal.
 */
export function levenbergMarquardt(
  f: ResidualFunction,
  start: Float64Array,
  kernels: DenseKernels,
  maxIterations = 100,
): LeastSquaresPoint {
  const n = start.length;
  const m = f.rows;
  const x = start.slice();
  const r = new Float64Array(m);
  const trialR = new Float64Array(m);
  const J = new Float64Array(m * n);
  const H = new Float64Array(n * n);
  const work = new Float64Array(n * n);
  const g = new Float64Array(n);
  f.residuals(x, r);
  let cost = dot(r, r);
  let damping = 1e-3;
  let iterations = 0;
  for (; iterations < maxIterations && Number.isFinite(cost); iterations++) {
    f.jacobian(x, J);
    kernels.syrk(true, n, m, 1, J, 0, H);
    kernels.gemm(true, false, n, 1, m, 1, J, r, 0, g);
    let accepted = false;
    let gain = 0;
    for (let attempt = 0; attempt < 30 && !accepted; attempt++) {
      work.set(H);
      for (let i = 0; i < n; i++) work[i * n + i] += damping * Math.max(H[i * n + i], 1e-12);
      const step = g.map((v) => -v);
      if (kernels.cholesky(n, work) === -1) {
        kernels.solveLower(false, false, n, 1, work, step);
        kernels.solveLower(true, false, n, 1, work, step);
        const trial = x.map((v, i) => v + step[i]);
        f.residuals(trial, trialR);
        const next = dot(trialR, trialR);
        if (next <= cost) {
          gain = cost - next;
          accepted = true;
          x.set(trial);
          r.set(trialR);
          cost = next;
          damping = Math.max(1e-15, damping / 5);
          if (normInf(step) <= 1e-15 * normInf(x)) gain = 0;
          break;
        }
      }
      damping *= 4;
    }
    if (!accepted || gain <= 1e-16 * cost) break;
  }
  return { x, norm: Math.sqrt(cost), iterations };
}
