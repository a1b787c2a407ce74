import type { DenseKernels } from "./dense-kernels.ts";
import { panelBackward, panelForward } from "./panel.ts";

/** Pivots below this share of the largest diagonal entry are rounding noise. */
const PIVOT_FLOOR = 1e-16;
/** What replaces them, as a share of the largest diagonal entry: their directions are left to refinement. */
const PIVOT_REPLACEMENT = 1e-8;

/** A dense symmetric positive definite matrix, factored in place as LDLᵀ. */
export class DenseFactor {
  readonly order: number;
  /** Full, column-major; write the lower triangle here, then call {@link factorize}, which destroys it. */
  readonly matrix: Float64Array;
  private readonly kernels: DenseKernels;
  private readonly signs: Int8Array;

  constructor(order: number, kernels: DenseKernels) {
    this.order = order;
    this.matrix = new Float64Array(order * order);
    this.kernels = kernels;
    this.signs = new Int8Array(order).fill(1);
  }

  factorize(): void {
    const { order, matrix } = this;
    let largest = 0;
    for (let j = 0; j < order; j++) largest = Math.max(largest, matrix[j * (order + 1)]);
    this.kernels.ldl(order, matrix, this.signs, PIVOT_FLOOR * largest, PIVOT_REPLACEMENT * largest);
  }

  /**
   * v ← matrix⁻¹ v. A single right-hand side is bound by memory: plain loops, nothing copied to the kernels.
   */
  solve(v: Float64Array): void {
    const { order, matrix } = this;
    panelForward(matrix, 0, order, order, v);
    panelBackward(matrix, 0, order, order, v);
  }
}
