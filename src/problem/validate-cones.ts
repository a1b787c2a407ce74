import type { Cone } from "./cones.ts";
import { coneDim } from "./cones.ts";
import { fault, requireArray, requireCount, requireObject } from "./validate-fault.ts";

/** Checks the cones and that their dimensions add up to `rows`. */
export function validateCones(cones: readonly Cone[], rows: number): void {
  if (!Array.isArray(cones)) fault("cones", "must be an array of cones", cones ?? null);
  let total = 0;
  for (let i = 0; i < cones.length; i++) {
    validateCone(cones[i], `cones[${i}]`);
    total += coneDim(cones[i]);
  }
  if (total !== rows) {
    fault(
      "cones",
      `the dimensions of the cones must add up to the number of rows of A and b, ${rows}`,
      total,
    );
  }
}

function validateCone(cone: Cone, field: string): void {
  requireObject(field, cone, "a cone: an object with a kind");
  switch (cone.kind) {
    case "zero":
    case "nonnegative":
    case "secondOrder":
      return requireCount(`${field}.dim`, cone.dim);
    case "psd":
      return requireCount(`${field}.order`, cone.order);
    case "box":
      return validateBox(cone.lower, cone.upper, field);
    case "exponential":
    case "dualExponential":
      return;
    case "power":
    case "dualPower":
      if (!(typeof cone.alpha === "number" && cone.alpha > 0 && cone.alpha < 1)) {
        fault(`${field}.alpha`, "must lie strictly between 0 and 1", cone.alpha ?? null);
      }
      return;
    default:
      fault(
        `${field}.kind`,
        "must be zero, nonnegative, box, secondOrder, psd, exponential, dualExponential, power or dualPower",
        (cone as { kind?: unknown }).kind ?? null,
      );
  }
}

function validateBox(lower: Float64Array, upper: Float64Array, field: string): void {
  requireArray(`${field}.lower`, lower, "Float64Array");
  requireArray(`${field}.upper`, upper, "Float64Array", lower.length, ", the length of lower");
  for (let j = 0; j < lower.length; j++) {
    if (Number.isNaN(lower[j]) || lower[j] === Infinity) {
      fault(`${field}.lower`, "must be a number or -Infinity", lower[j], j);
    }
    if (Number.isNaN(upper[j]) || upper[j] === -Infinity) {
      fault(`${field}.upper`, "must be a number or Infinity", upper[j], j);
    }
    if (lower[j] > upper[j]) {
      fault(
        `${field}.lower`,
        `must not exceed the upper bound ${upper[j]}: no point satisfies both`,
        lower[j],
        j,
      );
    }
  }
}
