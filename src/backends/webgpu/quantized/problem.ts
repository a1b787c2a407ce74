/** Losses that have a proximal operator on the device; the number is the shader's. */
export const DEVICE_LOSSES = { squared: 0, absolute: 1, hinge: 2, logistic: 3, huber: 4 } as const;

/** The splitting's problem as plain data, everything in f64 on the host. */
export interface DeviceProblem {
  /** Samples n, and columns of `samples`. */
  readonly count: number;
  readonly columns: number;
  /** count×columns, column-major. */
  readonly samples: Float64Array;
  /** Order of the forms: columns, or columns + 1 where they are lifted. */
  readonly order: number;
  /** Forms are (x xᵀ) ∘ mask, x a sample (and 1): a inside, b/2 on the border, c in the corner. */
  readonly mask: { readonly a: number; readonly b: number; readonly c: number };
  /** Whether diagonals of P and of M are multiples of 1, each with a price of its own. */
  readonly quadratic: boolean;
  readonly loss: keyof typeof DEVICE_LOSSES;
  /** Corner of the Huber loss. */
  readonly delta: number;
  /** n targets of every output. */
  readonly targets: readonly Float64Array[];
  readonly price: number;
  /** Over-relaxation. */
  readonly relaxation: number;
  /** K of (θI + K)v = r, n×n, where it is to be inverted on the host. */
  readonly gram: Float64Array | undefined;
  /** ‖form‖² of every sample times two: the diagonal of K or a bound on it. */
  readonly gramDiagonal: Float64Array;
}

/** Rounds up to a multiple of four, as products want their sizes. */
export function padded(size: number): number {
  return 4 * Math.ceil(size / 4);
}
