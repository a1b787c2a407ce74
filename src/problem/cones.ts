/**
 * Cones as data. A cone constrains a run of consecutive rows of s = b − Ax; the runs follow the order of
 * `ConicProblem.cones`. A cone describes itself here; every backend has a projection for each kind.
 */

/** {0}^dim: equality rows. Dual: free. */
export interface ZeroCone { readonly kind: "zero"; readonly dim: number }
/** {s ≥ 0} in R^dim. Self-dual. */
export interface NonnegativeCone { readonly kind: "nonnegative"; readonly dim: number }
/** {(t, x): t ≥ 0, t·lower ≤ x ≤ t·upper}, 1 + lower.length rows, t first. Infinite bounds are allowed. */
export interface BoxCone { readonly kind: "box"; readonly lower: Float64Array; readonly upper: Float64Array }
/** {(t, x): ‖x‖₂ ≤ t} in R^dim, t first. Self-dual. */
export interface SecondOrderCone { readonly kind: "secondOrder"; readonly dim: number }
/** Symmetric positive semidefinite matrices of an order, as svec: order(order+1)/2 rows. Self-dual. */
export interface PsdCone { readonly kind: "psd"; readonly order: number }
/** closure{(x, y, z): y·exp(x/y) ≤ z, y > 0}, 3 rows. */
export interface ExponentialCone { readonly kind: "exponential" }
/** Dual of the exponential cone: closure{(u, v, w): −u·exp(v/u) ≤ e·w, u < 0}, 3 rows. */
export interface DualExponentialCone { readonly kind: "dualExponential" }
/** {(x, y, z): x^alpha · y^(1−alpha) ≥ |z|, x, y ≥ 0}, 0 < alpha < 1, 3 rows. */
export interface PowerCone { readonly kind: "power"; readonly alpha: number }
/** Dual of the power cone: {(u, v, w): (u/alpha)^alpha · (v/(1−alpha))^(1−alpha) ≥ |w|, u, v ≥ 0}, 3 rows. */
export interface DualPowerCone { readonly kind: "dualPower"; readonly alpha: number }

export type Cone =
  | ZeroCone
  | NonnegativeCone
  | BoxCone
  | SecondOrderCone
  | PsdCone
  | ExponentialCone
  | DualExponentialCone
  | PowerCone
  | DualPowerCone;

export type ConeKind = Cone["kind"];

/** Rows of s that a cone takes. */
export function coneDim(cone: Cone): number {
  switch (cone.kind) {
    case "zero":
    case "nonnegative":
    case "secondOrder":
      return cone.dim;
    case "box":
      return 1 + cone.lower.length;
    case "psd":
      return (cone.order * (cone.order + 1)) / 2;
    case "exponential":
    case "dualExponential":
    case "power":
    case "dualPower":
      return 3;
  }
}

/** First row of each cone, with the total number of rows appended: length cones.length + 1. */
export function coneOffsets(cones: readonly Cone[]): Int32Array {
  const offsets = new Int32Array(cones.length + 1);
  cones.forEach((cone, i) => (offsets[i + 1] = offsets[i] + coneDim(cone)));
  return offsets;
}

/** One line a person can read, e.g. `"psd 50"` or `"box 1+12"`. */
export function describeCone(cone: Cone): string {
  switch (cone.kind) {
    case "zero":
    case "nonnegative":
    case "secondOrder":
      return `${cone.kind} ${cone.dim}`;
    case "box":
      return `box 1+${cone.lower.length}`;
    case "psd":
      return `psd ${cone.order}`;
    case "power":
    case "dualPower":
      return `${cone.kind} ${cone.alpha}`;
    case "exponential":
    case "dualExponential":
      return cone.kind;
  }
}
