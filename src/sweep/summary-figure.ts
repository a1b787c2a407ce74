import type { VegaLiteSpec } from "../report/figure.ts";
import type { FigureRequest } from "./plan.ts";
import { cellText } from "./summary.ts";
import type { Summary } from "./summary.ts";

/**
 * Figures of a summary: those asked for, else every field against the first axis with at least two different numbers,
 * or by cell where there is none.
 */
export function summaryFigures(
  summary: Summary,
  title: string,
  requests: readonly FigureRequest[] | undefined,
): { readonly name: string; readonly spec: VegaLiteSpec }[] {
  if (requests !== undefined) {
    return requests.map((request, k) => ({ name: `figure${k + 1}`, spec: lines(summary, title, request) }));
  }
  const x = summary.axes.find((axis) => {
    const values = summary.cells.map(({ cell }) => cell[axis]);
    return values.every((value) => typeof value === "number") && new Set(values).size > 1;
  });
  return summary.fields.map((field) => ({
    name: field.replace(/[^\w]+/g, "-").replace(/^-|-$/g, ""),
    spec: x === undefined ? bars(summary, title, field) : lines(summary, title, { x, y: field, ...scales(summary, x) }),
  }));
}

/** Logarithmic where the values are positive and span two powers of ten. */
function scales(summary: Summary, x: string): Pick<FigureRequest, "xScale" | "yScale"> {
  const values = summary.cells.map(({ cell }) => cell[x] as number);
  const wide = Math.min(...values) > 0 && Math.max(...values) >= 50 * Math.min(...values);
  return { xScale: wide ? "log" : "linear", yScale: "linear" };
}

/** Median with the quartiles as a band, one line for each combination of the other axes. */
function lines(summary: Summary, title: string, request: FigureRequest): VegaLiteSpec {
  const { x, y, color, xScale, yScale } = request;
  const others = color === undefined ? varying(summary).filter((axis) => axis !== x) : [color];
  const values = summary.cells.flatMap(({ cell, fields }) => {
    const found = fields[y];
    if (found === null || found === undefined || typeof cell[x] !== "number") return [];
    const group = others.map((axis) => `${axis} ${cellText(cell[axis])}`).join(", ");
    return [{ x: cell[x], lower: found.lower, median: found.median, upper: found.upper, group }];
  });
  const horizontal = { field: "x", type: "quantitative", title: x, scale: { type: xScale, zero: false } };
  const series = others.length === 0 ? {} : { color: { field: "group", type: "nominal", title: null } };
  const vertical = (field: string): object => ({ field, type: "quantitative", title: y, scale: { type: yScale, zero: false } });
  return {
    title: request.title ?? title,
    width: 480,
    height: 300,
    data: { values },
    layer: [
      {
        mark: { type: "area", opacity: 0.2 },
        encoding: { x: horizontal, y: vertical("lower"), y2: { field: "upper" }, ...series },
      },
      { mark: { type: "line", point: true }, encoding: { x: horizontal, y: vertical("median"), ...series } },
    ],
  };
}

/** A point at the median and a line between the quartiles, cell by cell. */
function bars(summary: Summary, title: string, field: string): VegaLiteSpec {
  const axes = varying(summary);
  const values = summary.cells.flatMap(({ cell, fields }) => {
    const found = fields[field];
    if (found === null || found === undefined) return [];
    const label = axes.map((axis) => cellText(cell[axis])).join(", ");
    return [{ cell: label === "" ? "all jobs" : label, lower: found.lower, median: found.median, upper: found.upper }];
  });
  const y = { field: "cell", type: "nominal", title: axes.join(", ") || null, sort: null };
  const scale = { zero: false };
  return {
    title,
    width: 480,
    data: { values },
    layer: [
      {
        mark: { type: "rule", strokeWidth: 2 },
        encoding: { y, x: { field: "lower", type: "quantitative", title: field, scale }, x2: { field: "upper" } },
      },
      {
        mark: { type: "point", filled: true, size: 70 },
        encoding: { y, x: { field: "median", type: "quantitative", title: field, scale } },
      },
    ],
  };
}

/** Axes that have more than one value. */
function varying({ axes, cells }: Summary): string[] {
  return axes.filter((axis) => new Set(cells.map(({ cell }) => cellText(cell[axis]))).size > 1);
}
