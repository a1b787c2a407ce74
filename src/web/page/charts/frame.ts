import { s } from "../dom.ts";
import type { Scale } from "./scale.ts";

/** Where a chart draws, in CSS pixels. */
export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The plot of a drawing of this size, with room for axis labels. */
export function plotOf(width: number, height: number, right = 14): Plot {
  return { width, height, left: 52, right: width - right, top: 12, bottom: height - 40 };
}

/** Grid lines, tick labels and axis titles. */
export function axes(plot: Plot, x: Scale, y: Scale, titles: { readonly x: string; readonly y: string }): SVGGElement {
  const group = s("g", { class: "axes" });
  for (const { value, label } of y.ticks) {
    const at = y.at(value);
    if (at < plot.top - 0.5 || at > plot.bottom + 0.5) continue;
    group.append(
      s("line", { class: "grid", x1: plot.left, x2: plot.right, y1: at, y2: at }),
      s("text", { x: plot.left - 8, y: at, dy: "0.32em", "text-anchor": "end" }, label),
    );
  }
  for (const { value, label } of x.ticks) {
    const at = x.at(value);
    if (at < plot.left - 0.5 || at > plot.right + 0.5) continue;
    group.append(
      s("line", { class: "tick", x1: at, x2: at, y1: plot.bottom, y2: plot.bottom + 4 }),
      s("text", { x: at, y: plot.bottom + 17, "text-anchor": "middle" }, label),
    );
  }
  group.append(
    s("line", { class: "axis", x1: plot.left, x2: plot.right, y1: plot.bottom, y2: plot.bottom }),
    s("text", { class: "axis-title", x: plot.right, y: plot.height - 6, "text-anchor": "end" }, titles.x),
  );
  if (titles.y !== "") {
    const middle = (plot.top + plot.bottom) / 2;
    group.append(
      s(
        "text",
        { class: "axis-title", x: 0, y: 0, "text-anchor": "middle", transform: `translate(11 ${middle}) rotate(-90)` },
        titles.y,
      ),
    );
  }
  return group;
}
