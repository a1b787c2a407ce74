/** Axes of the live charts: positions of values, ticks, and their labels. */

export interface Scale {
  /** Position of a value in the units of the drawing. */
  at(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** Decades from below `least` to above `most`; at most eight labelled ones. */
export function logScale(least: number, most: number, from: number, to: number): Scale {
  const low = Math.floor(Math.log10(least) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.log10(most) - 1e-9));
  const step = Math.max(1, Math.ceil((high - low) / 7));
  const ticks = [];
  for (let k = high; k >= low; k -= step) ticks.push({ value: 10 ** k, label: powerLabel(k) });
  const slope = (to - from) / (high - low);
  return { at: (value) => from + (Math.log10(value) - low) * slope, ticks };
}

/** Round steps over [least, most]; `nice` widens the range to whole steps. */
export function linearScale(least: number, most: number, from: number, to: number, count = 5, nice = false): Scale {
  if (!(most > least)) [least, most] = widened(least);
  const step = roundStep((most - least) / count);
  const low = nice ? Math.floor(least / step + 1e-9) * step : least;
  const high = nice ? Math.ceil(most / step - 1e-9) * step : most;
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    ticks.push({ value: k * step, label: tickLabel(k * step, step) });
  }
  const slope = (to - from) / (high - low);
  return { at: (value) => from + (value - low) * slope, ticks };
}

function widened(value: number): [number, number] {
  const half = value === 0 ? 1 : Math.abs(value) / 10;
  return [value - half, value + half];
}

/** The smallest of 1, 2, 5 times a power of ten that is at least `step`. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((f) => f * power >= step * (1 - 1e-9)) ?? 10;
  return factor * power;
}

function tickLabel(value: number, step: number): string {
  const magnitude = Math.max(Math.abs(value), step);
  if (magnitude >= 1e6 || magnitude < 1e-4) return value === 0 ? "0" : Number(value.toPrecision(6)).toExponential();
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return value.toFixed(Math.min(digits, 8)).replace("-", "\u2212");
}

const SUPERSCRIPTS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";

/** 10⁻⁵, 10² …; 1 and 10 as they are. */
export function powerLabel(exponent: number): string {
  if (exponent === 0) return "1";
  if (exponent === 1) return "10";
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");
  return `10${exponent < 0 ? "\u207b" : ""}${digits}`;
}
