/** svec of the nearest PSD matrix to the 2×2 matrix with svec (a, √2·b, c), in closed form. */
export function projectOrder2(
  input: Float64Array,
  inputOffset: number,
  output: Float64Array,
  outputOffset: number,
): "inside" | "outside" | "split" {
  const a = input[inputOffset];
  const s = input[inputOffset + 1];
  const c = input[inputOffset + 2];
  const mean = 0.5 * (a + c);
  const half = 0.5 * (a - c);
  const radius = Math.hypot(half, s * Math.SQRT1_2);
  const upper = mean + radius;
  const lower = mean - radius;
  if (lower >= 0) {
    output[outputOffset] = a;
    output[outputOffset + 1] = s;
    output[outputOffset + 2] = c;
    return "inside";
  }
  if (upper <= 0) {
    output.fill(0, outputOffset, outputOffset + 3);
    return "outside";
  }
  // P = λ₊·uuᵀ with uuᵀ = (I + (X − mean·I)/radius)/2; radius > 0 since the eigenvalues differ in sign.
  const factor = (0.5 * upper) / radius;
  output[outputOffset] = factor * (radius + half);
  output[outputOffset + 1] = factor * s;
  output[outputOffset + 2] = factor * (radius - half);
  return "split";
}
