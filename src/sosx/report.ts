import type { SearchProgress } from "./settings.ts";
import type { StudyResult } from "./study.ts";
import type { LearningData } from "./table-data.ts";

/** The result as plain data for JSON; errors in units of the target scaled to [−1, 1]. */
export function studyRecord(data: LearningData, { problem, search, methods, testMse, bestTestMse }: StudyResult): object {
  const { best, network } = search;
  const losses = { ...(problem.loss === "mse" ? { loss: "mse" } : { loss: "mae" }) };
  return {
    status: search.status,
    ...losses,
    neurons: problem.neurons,
    pieces: problem.pwl.breakpoints.length - 1,
    breakpoints: [...problem.pwl.breakpoints],
    activation: problem.activation.name,
    samples: { train: data.train.samples, test: data.test.samples, inputs: problem.features },
    rootRelaxation: search.rootRelaxation,
    lowerBound: search.lowerBound,
    activationLowerBound: search.activationLowerBound ?? null,
    incumbent: {
      pwlMae: best.pwl.mae,
      pwlMse: best.pwl.mse,
      activationMse: network.activation.mse,
      testMse,
    },
    // The two networks behind `incumbent`: the best for f with W₂*, and the best for σ with its refitted output layer.
    networks: {
      pwl: { ...best.pwl, activationMae: best.activation.mae, activationMse: best.activation.mse, testMse: bestTestMse, source: best.source },
      activation: { pwlMae: network.pwl.mae, pwlMse: network.pwl.mse, ...network.activation, testMse, source: network.source },
    },
    gap: search.gap,
    nodes: search.nodes,
    open: search.open,
    seconds: search.seconds,
    engine: search.engine,
    methods,
    remarks: data.remarks,
  };
}

/** Actual and predicted values against the sample index, the train/test line dashed (figures 2 to 7 of the paper). */
export function predictionFigure(data: LearningData, result: StudyResult, title: string): Readonly<Record<string, unknown>> {
  const { train, test, order, targets } = data;
  const C = train.outputs;
  const actual = [...train.targets, ...test.targets];
  const { low, high } = targets[0];
  const raw = (v: number): number => ((v + 1) * (high - low)) / 2 + low;
  const names: Readonly<Record<string, string>> = { sosx: "SOSX", adam: "Adam (NLP)", mip: "MIP", ols: "least squares" };
  const values: object[] = [];
  // Shuffled splits are drawn in the table's order inside each side.
  const place = rankWithinSides(order, train.samples);
  for (let i = 0; i < order.length; i++) {
    values.push({ sample: place[i], series: "actual", value: raw(actual[i * C]) });
    for (const [name, y] of Object.entries(result.predictions)) {
      values.push({ sample: place[i], series: names[name] ?? name, value: raw(y[i * C]) });
    }
  }
  return {
    title,
    width: 760,
    height: 300,
    layer: [
      {
        data: { values },
        mark: { type: "line", strokeWidth: 1.2 },
        encoding: {
          x: { field: "sample", type: "quantitative", title: "sample" },
          y: { field: "value", type: "quantitative", title: targets[0].name, scale: { zero: false } },
          color: {
            field: "series",
            type: "nominal",
            title: null,
            scale: {
              domain: ["actual", "SOSX", "Adam (NLP)", "MIP", "least squares"],
              range: ["#222222", "#d62728", "#1f77b4", "#2ca02c", "#ff7f0e"],
            },
          },
        },
      },
      {
        data: { values: [{ split: train.samples - 0.5 }] },
        mark: { type: "rule", strokeDash: [6, 4], color: "black" },
        encoding: { x: { field: "split", type: "quantitative" } },
      },
    ],
  };
}

function rankWithinSides(order: Int32Array, trained: number): Int32Array {
  const place = new Int32Array(order.length);
  const sides: readonly (readonly [number, number])[] = [[0, trained], [trained, order.length]];
  for (const [from, to] of sides) {
    const slots = Array.from({ length: to - from }, (_, k) => from + k).sort((a, b) => order[a] - order[b]);
    slots.forEach((slot, k) => (place[slot] = from + k));
  }
  return place;
}

/** `nodes 128 (open 60)  bound 0.00123  incumbent 0.0312  gap 96.1 %  tanh MSE 0.0041  12.3 s`. */
export function progressText(progress: SearchProgress, activation: string): string {
  const { nodes, open, lowerBound, incumbent, gap, activationMse, seconds } = progress;
  const short = (v: number): string => (Number.isFinite(v) ? v.toPrecision(4) : "-");
  return (
    `nodes ${nodes} (open ${open})  bound ${short(lowerBound)}  incumbent ${short(incumbent)}  ` +
    `gap ${(100 * gap).toFixed(1)} %  ${activation} MSE ${short(activationMse)}  ${seconds.toFixed(1)} s`
  );
}
