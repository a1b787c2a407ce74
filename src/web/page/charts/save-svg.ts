import { s } from "../dom.ts";
import type { SeriesStyle } from "./line-chart.ts";

/** What a chart looks like outside the page, where its style sheet is not. */
const STYLE = `
text{font:11px Helvetica,Arial,sans-serif;fill:#333}
.axis-title{fill:#555}.grid{stroke:#e3e3e3}.axis,.tick{stroke:#888}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}
.series-1{stroke:#1f5fbf}.series-2{stroke:#b93f0a}.series-3{stroke:#0b7a55}
.dot{stroke:none}.dot.series-1{fill:#1f5fbf}.dot.series-2{fill:#b93f0a}.dot.series-3{fill:#0b7a55}
.target{stroke:#666;stroke-dasharray:3 4}.target-label{fill:#555}
.stems{stroke:#1f5fbf;stroke-opacity:.35;fill:none}.eigenvalue{fill:#1f5fbf}.eigenvalue.zero{fill:#fff;stroke:#666}`;

const LEGEND_HEIGHT = 26;

/** A chart of the page as an SVG file that stands alone, on white, with its legend above. */
export function standaloneSvg(chart: SVGSVGElement, entries: readonly SeriesStyle[]): string {
  const { width, height } = chart.viewBox.baseVal;
  const top = entries.length === 0 ? 0 : LEGEND_HEIGHT;
  const drawing = s("g", { transform: `translate(0 ${top})` });
  for (const child of chart.children) drawing.append(child.cloneNode(true));
  const style = s("style");
  style.textContent = STYLE;
  const whole = s(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${width} ${height + top}`, width, height: height + top },
    style,
    s("rect", { width: "100%", height: "100%", fill: "#fff" }),
    ...entries.map(({ label, className, dash }, k) => {
      const x = 52 + k * ((width - 66) / entries.length);
      const sample = s("line", { class: `line ${className}`, x1: x, x2: x + 24, y1: 14, y2: 14, "stroke-dasharray": dash === "" ? undefined : dash });
      return s("g", {}, sample, s("text", { x: x + 30, y: 18 }, label));
    }),
    drawing,
  );
  return new XMLSerializer().serializeToString(whole);
}
