import { ProblemError } from "../errors.ts";

/**
 * Throws a {@link ProblemError} that says where (`field[index]`), the value found, what is required, and what
 * to do.
 */
export function fault(field: string, requirement: string, value?: unknown, index?: number): never {
  const where = index === undefined ? field : `${field}[${index}]`;
  const found = value === undefined ? "" : ` = ${show(value)}`;
  throw new ProblemError(`${where}${found}: ${requirement}`, {
    field,
    ...(index !== undefined && { index }),
    ...(value !== undefined && { value }),
  });
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint")
    return String(value);
  if (value === null) return "null";
  return Object.prototype.toString.call(value);
}

/** The value as an object whose properties can be looked at, or a fault. */
export function requireObject(field: string, value: unknown, what: string): void {
  if (typeof value !== "object" || value === null) fault(field, `must be ${what}`, value ?? null);
}

/** An integer of at least `least`. */
export function requireCount(field: string, value: unknown, least = 0): asserts value is number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least || value > 0x7fffffff) {
    fault(field, `must be an integer of at least ${least} (and below 2³¹)`, value ?? null);
  }
}

/** A typed array of this class, also from another realm; of this length when one is given. */
export function requireArray(
  field: string,
  value: unknown,
  type: "Float64Array" | "Int32Array",
  length?: number,
  lengthIs = "",
): void {
  if (Object.prototype.toString.call(value) !== `[object ${type}]`)
    fault(field, `must be a ${type}`, value ?? null);
  const actual = (value as ArrayLike<number>).length;
  if (length !== undefined && actual !== length)
    fault(`${field}.length`, `must be ${length}${lengthIs}`, actual);
}

/** Every entry finite. */
export function requireFinite(field: string, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]))
      fault(field, "must be a finite number; remove or correct this entry", values[i], i);
  }
}

/** Every entry in 0 … bound − 1. */
export function requireIndices(field: string, indices: Int32Array, bound: number): void {
  for (let i = 0; i < indices.length; i++) {
    if (indices[i] < 0 || indices[i] >= bound) {
      fault(field, `must be a zero-based index below ${bound}`, indices[i], i);
    }
  }
}
