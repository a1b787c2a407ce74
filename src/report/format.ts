/** Numbers as text, for tables and summaries. Non-finite numbers print as `inf`, `-inf` and `nan`. */

function nonFinite(value: number): string {
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

/** Few digits with an exponent of at least two, e.g. `1.23e-05`: what residuals are read as. */
export function formatScientific(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  return value.toExponential(digits).replace(/e([+-])(\d)$/, "e$10$2");
}

/** Up to `digits` significant digits, plain between 1e-3 and 1e7 in magnitude, e.g. an objective. */
export function formatSignificant(value: number, digits = 8): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  if (magnitude < 1e-3 || magnitude >= 1e7) return formatScientific(value, digits - 1);
  return String(Number(value.toPrecision(digits)));
}

/** `850 µs`, `12 ms`, `3.21 s`, `2 min 05 s`. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return nonFinite(seconds);
  if (seconds < 0.9995e-3) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1e3)} ms`;
  if (seconds < 99.95) return `${seconds.toPrecision(3)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** `1 iteration`, `2 iterations`. */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? singular : plural}`;
}

/** A finite number as it is; infinities and NaN, which JSON cannot hold, as null. */
export function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
