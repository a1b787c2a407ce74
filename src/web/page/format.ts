import { formatSignificant } from "../../report/format.ts";

/** `930 bytes`, `12.4 kB`, `3.1 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${(bytes / 1e3).toPrecision(3)} kB`;
  return `${(bytes / 1e6).toPrecision(3)} MB`;
}

/** A number for people, with a true minus sign; a dash where there is none. */
export function formatNumber(value: number | null | undefined, digits = 8): string {
  if (value === null || value === undefined) return "\u2013";
  return withMinus(formatSignificant(value, digits));
}

/** A residual: three digits and an exponent. */
export function formatResidual(value: number | null | undefined): string {
  if (value === null || value === undefined) return "\u2013";
  return value === 0 ? "0" : withMinus(value.toExponential(2));
}

export function withMinus(text: string): string {
  return text.replace(/-/g, "\u2212");
}

/** A status word of the solver, such as `primalInfeasibleInaccurate`, as plain words. */
export function statusWords(status: string): string {
  const words = status.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
