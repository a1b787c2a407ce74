/**
 * What the interior-point method asks of one cone K in rows offset … offset+dim−1. H denotes the scaling:
 * symmetric positive definite with H z ≈ s (exactly, for symmetric cones, the Nesterov–Todd scaling). The
 * linearised complementarity reads Δs + H Δz = −e with a shift e. All vectors are the full-length ones of
 * the problem.
 */
export interface ConeBlock {
  readonly offset: number;
  readonly dim: number;
  /** Parameter ν of its barrier; 0 for the zero cone. */
  readonly degree: number;

  /** Writes a central point: s = −∇f*(z). */
  setUnit(s: Float64Array, z: Float64Array): void;

  /**
   * Whether s and z are strictly inside, and for nonsymmetric cones near the central path of the given μ;
   * remembers factors that {@link ConeBlock.updateScaling} uses.
   */
  accept(s: Float64Array, z: Float64Array, mu: number): boolean;
  /** H at the last accepted pair. False when it cannot be formed. */
  updateScaling(s: Float64Array, z: Float64Array, mu: number): boolean;
  /** out ← H v on this block's rows. */
  applyH(v: Float64Array, out: Float64Array): void;
  /** out ← H⁻¹ v on this block's rows. */
  applyHInverse(v: Float64Array, out: Float64Array): void;
  /** out ← diagonal of H⁻¹ on this block's rows (0 for the zero cone). */
  inverseDiagonal(out: Float64Array): void;

  /** e of the affine direction (the target is μ = 0): s itself. */
  affineShift(s: Float64Array, shift: Float64Array): void;
  /**
   * e of the combined direction with target σμ and `weight` times the second-order correction of the affine
   * one.
   */
  combinedShift(
    s: Float64Array,
    z: Float64Array,
    ds: Float64Array,
    dz: Float64Array,
    sigmaMu: number,
    weight: number,
    shift: Float64Array,
  ): void;
  /** out ← H⁻¹e of the last shift, without the cancellation that applying H⁻¹ to e = s + … would bring. */
  dualShift(z: Float64Array, shift: Float64Array, out: Float64Array): void;
  /** Largest step ≤ limit that keeps s + αΔs and z + αΔz inside (the boundary included). */
  maxStep(s: Float64Array, z: Float64Array, ds: Float64Array, dz: Float64Array, limit: number): number;
}
