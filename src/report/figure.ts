import type * as Vega from "vega";
import type * as VegaLite from "vega-lite";
import { UnsupportedError } from "../errors.ts";

/** A Vega-Lite specification (https://vega.github.io/vega-lite), as plain data. */
export type VegaLiteSpec = Readonly<Record<string, unknown>>;

/** Looks of all figures: white ground, quiet axes, text large enough for print. */
const CONFIG = {
  background: "white",
  font: "Helvetica, Arial, sans-serif",
  view: { stroke: "#888" },
  axis: { grid: true, gridColor: "#e6e6e6", labelFontSize: 11, titleFontSize: 12, titleFontWeight: "normal" },
  legend: { labelLimit: 260, labelFontSize: 11, titleFontSize: 12, titleFontWeight: "normal" },
  title: { fontSize: 13, fontWeight: "bold", anchor: "start" },
};

/**
 * Draws a Vega-Lite specification as SVG text. Vega and Vega-Lite are loaded when first used.
 * @throws UnsupportedError where the packages `vega` and `vega-lite` are not installed
 */
export async function renderVegaLite(spec: VegaLiteSpec): Promise<string> {
  const { vega, lite } = await loadVega();
  const { config, ...rest } = spec;
  const whole = { ...rest, config: { ...CONFIG, ...(config as object | undefined) } };
  // Problems of a specification are errors of its author: they are thrown, and remarks are not printed.
  const compiled = lite.compile(whole as unknown as Parameters<typeof lite.compile>[0], { logger: quiet() }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: "none", logger: quiet() });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }

  function quiet(): ReturnType<typeof vega.logger> {
    return vega.logger(vega.Error);
  }
}

async function loadVega(): Promise<{ readonly vega: typeof Vega; readonly lite: typeof VegaLite }> {
  try {
    const [vega, lite] = await Promise.all([import("vega"), import("vega-lite")]);
    return { vega, lite };
  } catch (cause) {
    throw new UnsupportedError('figures need Vega: add it with "npm install vega vega-lite"', {}, { cause });
  }
}
