import { s } from "../dom.ts";
import { axes, plotOf } from "./frame.ts";
import type { History, SeriesName } from "./history.ts";
import { linearScale, logScale } from "./scale.ts";
import type { Scale } from "./scale.ts";

/** Look of a series: never told apart by colour alone. */
export interface SeriesStyle {
  readonly label: string;
  /** Class with the colour. */
  readonly className: string;
  readonly dash: string;
}

export const seriesStyles: Readonly<Record<SeriesName, SeriesStyle>> = {
  primalResidual: { label: "primal residual", className: "series-1", dash: "" },
  dualResidual: { label: "dual residual", className: "series-2", dash: "7 3" },
  gap: { label: "gap", className: "series-3", dash: "2 3" },
  lowerBound: { label: "lower bound", className: "series-1", dash: "" },
  upperBound: { label: "upper bound", className: "series-2", dash: "7 3" },
};

export interface LineChartOptions {
  readonly names: readonly SeriesName[];
  readonly logarithmic: boolean;
  readonly yTitle: string;
  /** A horizontal line to reach, with its label. */
  readonly target?: { readonly value: number; readonly label: string } | undefined;
}

/** The least value that a logarithmic axis shows; smaller ones lie on its floor. */
const FLOOR = 1e-16;

/** Draws measures against time as a fresh SVG of the given size. */
export function lineChart(history: History, width: number, height: number, options: LineChartOptions): SVGSVGElement {
  const plot = plotOf(width, height);
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", class: "chart" });
  const { all } = history;
  const ends = all.length === 0 ? 1 : Math.max(all[all.length - 1].seconds, 1e-3);
  const x = linearScale(0, ends, plot.left, plot.right, width < 420 ? 4 : 7);
  const y = verticalScale(history, options, plot.bottom, plot.top);
  svg.append(axes(plot, x, y, { x: "time (s)", y: options.yTitle }));
  if (options.target !== undefined) {
    const at = y.at(options.target.value);
    svg.append(
      s("line", { class: "target", x1: plot.left, x2: plot.right, y1: at, y2: at }),
      s("text", { class: "target-label", x: plot.left + 4, y: at - 5 }, options.target.label),
    );
  }
  for (const name of options.names) {
    const { className, dash } = seriesStyles[name];
    const d = path(history, name, x, y, options.logarithmic);
    if (d === "") continue;
    svg.append(s("path", { class: `line ${className}`, d, "stroke-dasharray": dash === "" ? undefined : dash }));
    const last = lastPoint(history, name, x, y, options.logarithmic);
    if (last !== undefined) svg.append(s("circle", { class: `dot ${className}`, cx: last[0], cy: last[1], r: 3 }));
  }
  svg.setAttribute("aria-label", describe(history, options));
  return svg;
}

function verticalScale(history: History, options: LineChartOptions, bottom: number, top: number): Scale {
  let [least, most] = [Infinity, -Infinity];
  const take = (value: number): void => {
    const shown = options.logarithmic ? Math.max(value, FLOOR) : value;
    least = Math.min(least, shown);
    most = Math.max(most, shown);
  };
  for (const { values } of history.all) {
    for (const name of options.names) {
      const value = values[name];
      if (value !== undefined && (value > 0 || !options.logarithmic)) take(value);
    }
  }
  if (options.target !== undefined) take(options.target.value);
  if (least > most) [least, most] = options.logarithmic ? [1e-6, 1] : [0, 1];
  return options.logarithmic ? logScale(least, most, bottom, top) : linearScale(least, most, bottom, top, 5, true);
}

function path(history: History, name: SeriesName, x: Scale, y: Scale, logarithmic: boolean): string {
  const parts: string[] = [];
  for (const { seconds, values } of history.all) {
    const value = values[name];
    if (value === undefined) continue;
    const shown = logarithmic ? Math.max(value, FLOOR) : value;
    parts.push(`${parts.length === 0 ? "M" : "L"}${x.at(seconds).toFixed(1)} ${y.at(shown).toFixed(1)}`);
  }
  return parts.join("");
}

function lastPoint(history: History, name: SeriesName, x: Scale, y: Scale, logarithmic: boolean): [number, number] | undefined {
  const point = history.all.findLast(({ values }) => values[name] !== undefined);
  const value = point?.values[name];
  if (point === undefined || value === undefined) return undefined;
  return [x.at(point.seconds), y.at(logarithmic ? Math.max(value, FLOOR) : value)];
}

function describe(history: History, { names, logarithmic }: LineChartOptions): string {
  const latest = names.flatMap((name) => {
    const value = history.all.findLast(({ values }) => values[name] !== undefined)?.values[name];
    return value === undefined ? [] : [`${seriesStyles[name].label} ${value.toPrecision(3)}`];
  });
  const seconds = history.latest?.seconds ?? 0;
  return `Chart over ${seconds.toPrecision(3)} seconds${logarithmic ? ", logarithmic axis" : ""}. Latest: ${latest.join(", ")}.`;
}
