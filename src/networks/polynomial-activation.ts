import { SettingsError } from "../errors.ts";
import type { Activation } from "./activation.ts";

/** Σ coefficients[k]·zᵏ. @throws SettingsError without coefficients or for a non-finite one */
export function polynomial(coefficients: readonly number[]): Activation {
  if (coefficients.length === 0 || !coefficients.every(Number.isFinite)) {
    throw new SettingsError("polynomial: coefficients must be finite numbers, constant first, at least one", {
      field: "coefficients",
      value: coefficients,
    });
  }
  const first = derivativeOf(coefficients);
  const curvature = derivativeOf(first);
  const inflections = signChanges(curvature);
  const farLeft = inflections.length === 0 ? 0 : inflections[0] - 1 - Math.abs(inflections[0]);
  return {
    name: "polynomial",
    value: (z) => horner(coefficients, z),
    derivative: (z) => horner(first, z),
    second: (z) => horner(curvature, z),
    inflections,
    firstCurvature: horner(curvature, farLeft) >= 0 ? 1 : -1,
    turningPoints: signChanges(first),
    ...(curvature.every((c) => c === 0) && { linearBetween: [] }),
  };
}

function horner(coefficients: readonly number[], z: number): number {
  let sum = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) sum = sum * z + coefficients[k];
  return sum;
}

function derivativeOf(coefficients: readonly number[]): number[] {
  return coefficients.length <= 1 ? [0] : coefficients.slice(1).map((c, k) => c * (k + 1));
}

/** Real points where a polynomial changes its sign, ascending: bisection between those of its derivative. */
function signChanges(coefficients: readonly number[]): number[] {
  let degree = coefficients.length - 1;
  while (degree > 0 && coefficients[degree] === 0) degree--;
  if (degree === 0) return [];
  const trimmed = coefficients.slice(0, degree + 1);
  // Cauchy's bound on the roots.
  const bound = 1 + Math.max(...trimmed.slice(0, -1).map((c) => Math.abs(c / trimmed[degree])));
  const marks = [-bound, ...signChanges(derivativeOf(trimmed)).filter((z) => Math.abs(z) < bound), bound];
  const roots: number[] = [];
  for (let k = 0; k + 1 < marks.length; k++) {
    let [low, high] = [marks[k], marks[k + 1]];
    const atLow = Math.sign(horner(trimmed, low));
    const atHigh = Math.sign(horner(trimmed, high));
    if (atLow === 0 && k > 0) {
      // A root at a turning point of the polynomial touches zero; at an inflection of it the sign may change.
      const before = Math.sign(horner(trimmed, (marks[k - 1] + low) / 2));
      if (before * Math.sign(horner(trimmed, (low + high) / 2)) < 0) roots.push(low);
    }
    if (atLow * atHigh >= 0) continue;
    for (let middle = (low + high) / 2; low < middle && middle < high; middle = (low + high) / 2) {
      if (Math.sign(horner(trimmed, middle)) === atLow) low = middle;
      else high = middle;
    }
    roots.push(high);
  }
  return roots;
}
