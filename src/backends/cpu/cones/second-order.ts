import type { SecondOrderCone } from "../../../problem/cones.ts";

/** ‖v[begin … end−1]‖₂ without overflow or underflow. */
function norm(v: Float64Array, begin: number, end: number): number {
  let sum = 0;
  for (let i = begin; i < end; i++) sum += v[i] * v[i];
  if (sum > 1e-280 && sum < 1e300) return Math.sqrt(sum);
  let largest = 0;
  for (let i = begin; i < end; i++) largest = Math.max(largest, Math.abs(v[i]));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  sum = 0;
  for (let i = begin; i < end; i++) sum += (v[i] / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/**
 * Projects (t, x) onto {‖x‖₂ ≤ t} in place. With ν = ‖x‖: unchanged if ν ≤ t, 0 if ν ≤ −t, else ½(t + ν)·(1,
 * x/ν). dim 1 is {t ≥ 0}, dim 0 nothing.
 */
export function projectSecondOrder(v: Float64Array, offset: number, cone: SecondOrderCone): void {
  if (cone.dim === 0) return;
  const end = offset + cone.dim;
  const t = v[offset];
  const nu = norm(v, offset + 1, end);
  if (nu <= t) return;
  if (nu <= -t) {
    v.fill(0, offset, end);
    return;
  }
  const head = 0.5 * (t + nu);
  const factor = head / nu;
  v[offset] = head;
  for (let i = offset + 1; i < end; i++) v[i] *= factor;
}
