import type { VegaLiteSpec } from "../../report/figure.ts";
import type { ExperimentReport, Scores } from "./run.ts";

/** A figure of a run: accuracy (or error) and objective against the number of neurons, with bound and majority. */
export function reportFigure(reports: readonly ExperimentReport[], title: string): VegaLiteSpec {
  const regression = reports[0].relaxed.trainError !== null;
  const measure = regression ? "test rmse" : "test accuracy";
  const of = (scores: Scores): number | null => (regression ? scores.testError : scores.testAccuracy);
  const values = reports.flatMap((report) =>
    report.sampled.flatMap((s) => [
      { neurons: s.neurons, method: "sampled, one weight", objective: s.refitObjective, score: of(s) },
      ...(s.nonNegative === null
        ? []
        : [
            {
              neurons: s.neurons,
              method: "sampled, own weights",
              objective: s.nonNegative.objective,
              score: of(s.nonNegative),
            },
          ]),
    ]),
  );
  const lines = reports.flatMap((report) => [
    { method: regression ? "mean" : "majority class", score: report.majority.test },
    { method: "relaxation", score: of(report.relaxed) },
    ...report.baselines.map((b) => ({ method: b.method, score: of(b) })),
  ]);
  const bounds = reports.map((report) => ({ bound: report.lowerBound, method: "certified lower bound" }));
  const x = { field: "neurons", type: "quantitative", scale: { type: "log" }, title: "neurons" };
  const color = { field: "method", type: "nominal", title: null };
  return {
    title,
    hconcat: [
      {
        width: 300,
        height: 260,
        layer: [
          {
            data: { values },
            mark: { type: "point", filled: true, size: 50 },
            encoding: {
              x,
              y: {
                field: "objective",
                type: "quantitative",
                scale: { type: "log" },
                title: "training objective",
              },
              color,
            },
          },
          {
            data: { values: bounds },
            mark: { type: "rule", strokeDash: [6, 3] },
            encoding: { y: { field: "bound", type: "quantitative" }, color },
          },
        ],
      },
      {
        width: 300,
        height: 260,
        layer: [
          {
            data: { values },
            mark: { type: "point", filled: true, size: 50 },
            encoding: {
              x,
              y: { field: "score", type: "quantitative", scale: { zero: false }, title: measure },
              color,
            },
          },
          {
            data: { values: lines },
            mark: { type: "rule" },
            encoding: { y: { field: "score", type: "quantitative", aggregate: "median" }, color },
          },
        ],
      },
    ],
  };
}
