import { readFile } from "node:fs/promises";
import { parseCsv } from "../../../src/formats/csv.ts";
import type { PrepareOptions } from "../../../src/quantized/experiment/prepare.ts";
import { prepareData } from "../../../src/quantized/experiment/prepare.ts";
import type { ExperimentReport, Scores } from "../../../src/quantized/experiment/run.ts";
import { runExperiment } from "../../../src/quantized/experiment/run.ts";
import { percent, publish, seedCount, spread } from "./protocol.ts";

/** One setting of the convex method. */
export interface Variant {
  readonly name: string;
  readonly beta: number;
  readonly constant: boolean;
  readonly scale: PrepareOptions["scale"];
}

export interface AccuracyFigure {
  readonly name: string;
  readonly title: string;
  readonly file: string;
  readonly neurons: number;
  readonly variants: readonly Variant[];
  readonly missing: PrepareOptions["missing"];
  readonly unstated: string;
}

interface Point {
  readonly method: string;
  readonly seed: number;
  readonly seconds: number;
  readonly train: number | null;
  readonly test: number | null;
}

/** Figures 2 and 3: accuracy against time on training and test samples over random splits, with the majority line. */
export async function accuracyFigure(figure: AccuracyFigure, args: readonly string[]): Promise<void> {
  const seeds = Array.from({ length: seedCount(args) }, (_, k) => k + 1);
  const table = parseCsv(await readFile(new URL(`../../data/${figure.file}`, import.meta.url), "utf8"), {
    name: figure.file,
  });
  const points: Point[] = [];
  const majority: { seed: number; train: number | null; test: number | null }[] = [];
  const reports: (ExperimentReport & { variant: string })[] = [];
  for (const seed of seeds) {
    for (const [number, variant] of figure.variants.entries()) {
      const data = prepareData(table, {
        target: "class",
        split: 0.8,
        seed,
        missing: figure.missing,
        ...variant,
      });
      const { report } = await runExperiment(
        data,
        { beta: variant.beta },
        { neurons: [figure.neurons], seed, compare: number === 0 ? ["sgd", "ste", "float"] : [] },
      );
      const solve = report.seconds.setup + report.seconds.solve;
      const add = (
        method: string,
        seconds: number,
        { trainAccuracy: train, testAccuracy: test }: Scores,
      ): void => {
        points.push({ method, seed, seconds, train, test });
      };
      const [sampled] = report.sampled;
      add(`SDP relaxation, ${variant.name}`, solve, report.relaxed);
      add(`SDP and sampling, ${variant.name}`, solve + report.seconds.sampling, sampled);
      if (sampled.nonNegative !== null) {
        add(
          `SDP, sampling, own weights, ${variant.name}`,
          solve + report.seconds.sampling,
          sampled.nonNegative,
        );
      }
      for (const baseline of report.baselines) add(baseline.method, baseline.seconds, baseline);
      if (number === 0) majority.push({ seed, ...report.majority });
      reports.push({ variant: variant.name, ...report });
    }
    console.log(`seed ${seed} done`);
  }
  const summary = [...new Set(points.map((p) => p.method))].map((method) => {
    const group = points.filter((p) => p.method === method);
    return {
      method,
      seconds: spread(group.map((p) => p.seconds)),
      train: spread(group.map((p) => p.train)),
      test: spread(group.map((p) => p.test)),
    };
  });
  const line = { train: spread(majority.map((m) => m.train)), test: spread(majority.map((m) => m.test)) };
  for (const { method, train, test } of summary)
    console.log(`${method.padEnd(52)} train ${percent(train)}  test ${percent(test)}`);
  console.log(`${"majority class".padEnd(52)} train ${percent(line.train)}  test ${percent(line.test)}`);
  const panel = (field: "train" | "test", title: string): object => ({
    width: 330,
    height: 300,
    title,
    layer: [
      {
        data: { values: points },
        mark: { type: "point", filled: true, opacity: 0.6 },
        encoding: {
          x: { field: "seconds", type: "quantitative", scale: { type: "log" }, title: "seconds" },
          y: {
            field,
            type: "quantitative",
            scale: { zero: false },
            axis: { format: "%" },
            title: "accuracy",
          },
          color: { field: "method", type: "nominal", title: null },
        },
      },
      {
        data: { values: [{ y: line[field].median, method: "majority class" }] },
        mark: { type: "rule", strokeDash: [6, 3] },
        encoding: { y: { field: "y", type: "quantitative" }, color: { field: "method", type: "nominal" } },
      },
    ],
  });
  await publish(
    figure.name,
    {
      paper: `Bartan and Pilanci (2021), ${figure.title}`,
      protocol: {
        data: figure.file,
        split: 0.8,
        neurons: figure.neurons,
        variants: figure.variants,
        seeds: seeds.length,
      },
      unstated: figure.unstated,
      majority: line,
      summary,
      reports,
    },
    { title: figure.title, hconcat: [panel("train", "a) training"), panel("test", "b) test")] },
  );
}
