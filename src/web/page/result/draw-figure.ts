import type { VegaLiteSpec } from "../../../report/figure.ts";
import type { FigureReply } from "./figure-worker.ts";

/** Draws a Vega-Lite specification as SVG text in a worker of its own, which ends afterwards. */
export function drawFigure(spec: VegaLiteSpec): Promise<string> {
  const worker = new Worker(new URL("./figure-worker.ts", import.meta.url), { type: "module", name: "figure" });
  return new Promise<string>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FigureReply>) => {
      if ("svg" in data) resolve(data.svg);
      else reject(new Error(data.error));
    };
    worker.onerror = (event) => reject(new Error(event.message || "The program that draws figures could not be loaded."));
    worker.postMessage(spec);
  }).finally(() => worker.terminate());
}
