import { s } from "../dom.ts";
import { axes, plotOf } from "./frame.ts";
import { linearScale, logScale } from "./scale.ts";

/** Eigenvalues below this share of the largest count as zero. */
const ZERO = 1e-6;

/** How many eigenvalues are above {@link ZERO} times the largest in magnitude. */
export function numericalRank(spectrum: Float64Array): number {
  const largest = spectrum.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return spectrum.reduce((count, value) => count + (value > ZERO * largest ? 1 : 0), 0);
}

/** Eigenvalues of a PSD block as stems on a logarithmic axis, falling; those counted as zero stand on its floor. */
export function spectrumChart(spectrum: Float64Array, width: number, height: number): SVGSVGElement {
  const plot = plotOf(width, height);
  const n = spectrum.length;
  const rank = numericalRank(spectrum);
  const largest = spectrum.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const label = `Eigenvalues of the largest semidefinite block, of order ${n}; ${rank} above a millionth of the largest, ${largest.toPrecision(3)}.`;
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", class: "chart", "aria-label": label });
  const floor = largest * 1e-10;
  const x = linearScale(0.5, n + 0.5, plot.left + 6, plot.right - 2, Math.min(6, n));
  const y = logScale(floor, largest, plot.bottom, plot.top);
  const whole = { at: x.at, ticks: x.ticks.filter(({ value }) => Number.isInteger(value) && value >= 1) };
  svg.append(axes(plot, whole, y, { x: "index", y: "eigenvalue" }));
  const radius = Math.max(1.2, Math.min(3.5, ((plot.right - plot.left) / n) * 0.35));
  const stems: string[] = [];
  for (let k = 0; k < n; k++) {
    const value = spectrum[k];
    const [cx, cy] = [x.at(k + 1), value > floor ? y.at(value) : plot.bottom];
    if (value > ZERO * largest) stems.push(`M${cx.toFixed(1)} ${plot.bottom}V${cy.toFixed(1)}`);
    const kind = value > ZERO * largest ? "eigenvalue" : "eigenvalue zero";
    svg.append(s("circle", { class: kind, cx: cx.toFixed(1), cy: cy.toFixed(1), r: radius.toFixed(1) }));
  }
  svg.insertBefore(s("path", { class: "stems", d: stems.join("") }), svg.querySelector("circle"));
  return svg;
}
