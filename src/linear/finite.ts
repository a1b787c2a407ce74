import { ProblemError } from "../errors.ts";

/** Throws {@link ProblemError} naming the first entry that is NaN or infinite. */
export function requireFinite(values: Float64Array, field: string): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new ProblemError(`${field}[${i}] is ${values[i]}: the linear system needs finite numbers`, {
      field,
      index: i,
      value: values[i],
    });
  }
}
