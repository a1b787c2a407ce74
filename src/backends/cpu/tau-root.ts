/**
 * The larger root of aτ² + bτ + c with a > 0, without cancellation; −b/2a when rounding made the discriminant
 * negative, NaN on non-finite input.
 */
export function largerRoot(a: number, b: number, c: number): number {
  const discriminant = b * b - 4 * a * c;
  if (!(a > 0) || !Number.isFinite(discriminant)) return Number.NaN;
  if (discriminant < 0) return -b / (2 * a);
  const root = Math.sqrt(discriminant);
  if (b <= 0) return (root - b) / (2 * a);
  const q = -0.5 * (b + root);
  return q === 0 ? 0 : c / q;
}
