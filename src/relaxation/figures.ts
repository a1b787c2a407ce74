import type { VegaLiteSpec } from "../report/figure.ts";
import type { BoundResult } from "./bound.ts";
import { NeuronEnvelope } from "./neuron-envelope.ts";
import { argumentRange } from "./neuron.ts";
import type { Box, Neuron } from "./neuron.ts";

const PANEL = 210;

/**
 * The envelope of a neuron with two inputs, as a Vega-Lite figure: the neuron itself, its concave and its convex
 * envelope over the box as coloured maps with one scale, and the three along the box's diagonal from least to
 * greatest argument and across it.
 */
export function envelopeFigure(neuron: Neuron, box: Box, steps = 24): VegaLiteSpec {
  const envelope = new NeuronEnvelope(neuron, box);
  const at = (j: number, part: number): number => box.lower[j] + (box.upper[j] - box.lower[j]) * part;
  const value = (x: ArrayLike<number>): number =>
    neuron.activation.value(neuron.bias + neuron.weights[0] * x[0] + neuron.weights[1] * x[1]);
  const cells: object[] = [];
  const [dx, dy] = [0, 1].map((j) => (box.upper[j] - box.lower[j]) / steps);
  for (let i = 0; i < steps; i++) {
    for (let k = 0; k < steps; k++) {
      const x = [at(0, (i + 0.5) / steps), at(1, (k + 0.5) / steps)];
      const corner = { x: x[0] - dx / 2, x2: x[0] + dx / 2, y: x[1] - dy / 2, y2: x[1] + dy / 2 };
      cells.push({ ...corner, f: value(x), above: envelope.upper(x), below: envelope.lower(x) });
    }
  }
  const heights = cells.flatMap((cell) => [(cell as { below: number }).below, (cell as { above: number }).above]);
  const domain = [Math.min(...heights), Math.max(...heights)];
  const map = (field: string, title: string): object => ({
    title,
    width: PANEL,
    height: PANEL,
    mark: { type: "rect", strokeWidth: 0.5, aria: false },
    encoding: {
      x: { field: "x", type: "quantitative", title: "x₁", scale: { zero: false, nice: false } },
      x2: { field: "x2" },
      y: { field: "y", type: "quantitative", title: "x₂", scale: { zero: false, nice: false } },
      y2: { field: "y2" },
      color: { field, type: "quantitative", title: "y", scale: { scheme: "viridis", domain } },
      stroke: { field, type: "quantitative", legend: null, scale: { scheme: "viridis", domain } },
    },
  });
  const [low, high] = argumentRange(neuron, box);
  const title = `${neuron.activation.name}(${weightText(neuron)}), argument from ${round(low)} to ${round(high)}`;
  return {
    title: { text: title, offset: 12 },
    vconcat: [
      { data: { values: cells }, hconcat: [map("f", "neuron"), map("above", "concave envelope"), map("below", "convex envelope")] },
      {
        hconcat: [
          slice("along the weights' diagonal", diagonal(neuron, box, steps, true), envelope, value),
          slice("across it", diagonal(neuron, box, steps, false), envelope, value),
        ],
      },
    ],
  };
}

/** Points from one corner of the box to the opposite one: from least to greatest argument, or between the other two. */
function diagonal(neuron: Neuron, box: Box, steps: number, along: boolean): number[][] {
  const start = [0, 1].map((j) => neuron.weights[j] > 0);
  if (!along) start[1] = !start[1];
  return Array.from({ length: 2 * steps + 1 }, (_, k) => {
    const part = k / (2 * steps);
    return start.map((up, j) => {
      const [from, to] = up ? [box.lower[j], box.upper[j]] : [box.upper[j], box.lower[j]];
      return from + (to - from) * part;
    });
  });
}

function slice(
  title: string,
  points: readonly number[][],
  envelope: NeuronEnvelope,
  value: (x: ArrayLike<number>) => number,
): object {
  const last = points.length - 1;
  const values = points.flatMap((x, k) => [
    { part: k / last, y: value(x), curve: "neuron" },
    { part: k / last, y: envelope.upper(x), curve: "concave envelope" },
    { part: k / last, y: envelope.lower(x), curve: "convex envelope" },
  ]);
  return {
    title,
    width: 1.5 * PANEL,
    height: 0.8 * PANEL,
    data: { values },
    mark: { type: "line", strokeWidth: 2 },
    encoding: {
      x: { field: "part", type: "quantitative", title: "part of the way from corner to corner" },
      y: { field: "y", type: "quantitative", title: "y", scale: { zero: false } },
      color: {
        field: "curve",
        type: "nominal",
        title: null,
        sort: ["concave envelope", "neuron", "convex envelope"],
        scale: { range: ["#d62728", "#333333", "#1f77b4"] },
      },
    },
  };
}

/** The certified bound against rounds of the cut loop, with the best value found on the network itself. */
export function roundsFigure(result: BoundResult): VegaLiteSpec {
  const { objective, history, stages, networkValue, exact } = result;
  const values: object[] = [{ round: 0, bound: stages[0].bound, method: "interval" }];
  history.forEach(({ bound, kind, cuts }, k) => values.push({ round: k + 1, bound, cuts, method: kind }));
  const rules = [{ level: networkValue, what: "network, best point found" }];
  if (exact?.value !== undefined) rules.push({ level: exact.value, what: "true optimum" });
  return {
    title: `${objective.sense} ${(objective.label ?? "objective").replace(/^(min|max)\s+/, "")}: certified bound by round`,
    layer: [
      {
        data: { values },
        width: 480,
        height: 280,
        mark: { type: "line", point: { size: 45, filled: true }, color: "#888" },
        encoding: {
          x: { field: "round", type: "quantitative", title: "round (linear programs solved)", axis: { tickMinStep: 1, format: "d" } },
          y: { field: "bound", type: "quantitative", title: "bound", scale: { zero: false } },
        },
      },
      {
        data: { values },
        mark: { type: "point", filled: true, size: 60, opacity: 1 },
        encoding: {
          x: { field: "round", type: "quantitative" },
          y: { field: "bound", type: "quantitative" },
          color: {
            field: "method",
            type: "nominal",
            title: "relaxation",
            scale: { domain: ["interval", "univariate", "neuron"], range: ["#999999", "#1f77b4", "#d62728"] },
          },
        },
      },
      {
        data: { values: rules },
        mark: { type: "rule", strokeWidth: 1.5 },
        encoding: {
          y: { field: "level", type: "quantitative" },
          strokeDash: { field: "what", type: "nominal", title: null },
        },
      },
    ],
  };
}

function weightText({ weights, bias }: Neuron): string {
  const terms = [...weights].map((w, j) => `${w < 0 ? "− " : j > 0 ? "+ " : ""}${round(Math.abs(w))}·x${"₁₂"[j]}`);
  return `${terms.join(" ")} ${bias < 0 ? "−" : "+"} ${round(Math.abs(bias))}`;
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
