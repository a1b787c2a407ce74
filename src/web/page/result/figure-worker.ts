import { renderVegaLite } from "../../../report/figure.ts";
import type { VegaLiteSpec } from "../../../report/figure.ts";

/** Vega is large and its layout slow: figures are drawn here, so that the page stays free. */
export type FigureReply = { readonly svg: string } | { readonly error: string };

const port = globalThis as unknown as {
  onmessage: ((event: MessageEvent<VegaLiteSpec>) => void) | null;
  postMessage(reply: FigureReply): void;
};

port.onmessage = ({ data }) => {
  renderVegaLite(data).then(
    (svg) => port.postMessage({ svg }),
    (error: unknown) => port.postMessage({ error: error instanceof Error ? error.message : String(error) }),
  );
};
