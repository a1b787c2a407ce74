import { h, s } from "../dom.ts";
import { seriesStyles } from "./line-chart.ts";
import type { SeriesName } from "./history.ts";

/** A legend whose samples have the dashes of the lines. */
export function legend(names: readonly SeriesName[], label: (name: SeriesName) => string): HTMLUListElement {
  return h(
    "ul",
    { class: "legend", role: "list" },
    ...names.map((name) => {
      const { className, dash } = seriesStyles[name];
      const line = s("line", { class: `line ${className}`, x1: 1, x2: 25, y1: 5, y2: 5, "stroke-dasharray": dash === "" ? undefined : dash });
      return h("li", {}, s("svg", { width: 26, height: 10, "aria-hidden": "true" }, line), label(name));
    }),
  );
}
