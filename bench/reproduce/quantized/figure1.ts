/**
 * Figure 1 of Bartan and Pilanci (2021): objective against the number of neurons, planted data, n = 100, d = 20, ten
 * planted bilinear neurons with weights ≥ 0, β = 1e-4, against SGD with momentum and post-training quantization.
 *
 * Not stated in the paper, chosen here: planted second-layer weights uniform in (0, 1); 100 test samples; SGD with batch
 * 20, momentum 0.9, 300 epochs, the best of three learning rates by training loss, linearly decaying; α = 1/m.
 */
import { loadDenseKernels } from "../../../src/backends/cpu/kernels/load.ts";
import {
  bilinearOutputs,
  quantizeAfterTraining,
  trainByGradients,
} from "../../../src/quantized/baselines/sgd.ts";
import { lossByName, totalLoss } from "../../../src/quantized/model/loss.ts";
import type { Samples } from "../../../src/quantized/model/sample-forms.ts";
import { fillStandardNormal, seededUniform } from "../../../src/quantized/random.ts";
import { trainQuantized } from "../../../src/quantized/train.ts";
import { publish, seedCount, spread } from "./protocol.ts";

const COUNT = 100;
const FEATURES = 20;
const PLANTED = 10;
const BETA = 1e-4;
const NEURONS = [100, 300, 1000, 3000, 10_000, 30_000];
const SGD_NEURONS = [100, 300, 1000];
const RATES = [0.003, 0.01, 0.03];

interface Planted {
  readonly train: Samples;
  readonly test: Samples;
  readonly y: Float64Array;
  readonly yTest: Float64Array;
}

function plant(seed: number): Planted {
  const uniform = seededUniform(seed);
  const draw = (): Samples => ({
    count: COUNT,
    features: FEATURES,
    values: fillStandardNormal(new Float64Array(COUNT * FEATURES), uniform),
  });
  const train = draw();
  const test = draw();
  const signs = Float64Array.from({ length: 2 * FEATURES * PLANTED }, () => (uniform() < 0.5 ? -1 : 1));
  const alpha = Float64Array.from({ length: PLANTED }, () => uniform());
  const outputs = ({ values }: Samples): Float64Array => {
    const y = new Float64Array(COUNT);
    for (let j = 0; j < PLANTED; j++) {
      for (let i = 0; i < COUNT; i++) {
        let s = 0;
        let t = 0;
        for (let k = 0; k < FEATURES; k++) {
          s += values[k * COUNT + i] * signs[2 * j * FEATURES + k];
          t += values[k * COUNT + i] * signs[(2 * j + 1) * FEATURES + k];
        }
        y[i] += alpha[j] * s * t;
      }
    }
    return y;
  };
  return { train, test, y: outputs(train), yTest: outputs(test) };
}

export async function run(args: readonly string[]): Promise<void> {
  const kernels = await loadDenseKernels();
  const loss = lossByName("squared");
  const seeds = Array.from({ length: seedCount(args) }, (_, k) => k + 1);
  const points: { method: string; seed: number; neurons: number; train: number; test: number }[] = [];
  const bounds: {
    seed: number;
    lowerBound: number;
    relaxedTest: number;
    power: number;
    iterations: number;
    relativeGap: number;
  }[] = [];
  for (const seed of seeds) {
    const { train, test, y, yTest } = plant(seed);
    const model = await trainQuantized({ samples: train, targets: [y] }, { beta: BETA, gap: 1e-6 });
    bounds.push({
      seed,
      lowerBound: model.lowerBound,
      relaxedTest: totalLoss(loss, model.relaxedOutputs(test)[0], yTest),
      power: y.reduce((sum, v) => sum + v * v, 0),
      iterations: model.iterations,
      relativeGap: model.relativeGap,
    });
    for (const rule of ["sampled", "refit"] as const) {
      model.sampleSizes(NEURONS, seed, rule).forEach((network, k) => {
        const method = rule === "sampled" ? "SDP and sampling" : "SDP, sampling, refitted α";
        const testLoss = totalLoss(loss, model.outputs(network, test)[0], yTest);
        points.push({ method, seed, neurons: NEURONS[k], train: network.objective, test: testLoss });
      });
    }
    for (const neurons of SGD_NEURONS) {
      const runs = RATES.map((learningRate) => {
        const float = trainByGradients(kernels, train, y, loss, {
          neurons,
          seed,
          epochs: 300,
          batch: 20,
          learningRate,
          momentum: 0.9,
          straightThrough: false,
        });
        return { float, value: totalLoss(loss, bilinearOutputs(kernels, train, float), y) };
      }).filter((candidate) => Number.isFinite(candidate.value));
      if (runs.length === 0) continue;
      const { float } = runs.reduce((a, b) => (b.value < a.value ? b : a));
      const quantized = quantizeAfterTraining(kernels, FEATURES, float);
      for (const [method, weights] of [
        ["SGD, float", float],
        ["SGD, then quantized", quantized],
      ] as const) {
        points.push({
          method,
          seed,
          neurons,
          train: totalLoss(loss, bilinearOutputs(kernels, train, weights), y),
          test: totalLoss(loss, bilinearOutputs(kernels, test, weights), yTest),
        });
      }
    }
    console.log(`seed ${seed}: bound ${model.lowerBound.toPrecision(4)}, ${model.iterations} iterations`);
  }
  const keys = [...new Set(points.map((p) => `${p.method}|${p.neurons}`))];
  const summary = keys.map((key) => {
    const [method, neurons] = key.split("|");
    const group = points.filter((p) => p.method === method && p.neurons === Number(neurons));
    return {
      method,
      neurons: Number(neurons),
      train: spread(group.map((p) => p.train)),
      test: spread(group.map((p) => p.test)),
    };
  });
  const bound = spread(bounds.map((b) => b.lowerBound));
  for (const { method, neurons, train, test } of summary) {
    console.log(
      `${method.padEnd(28)} m = ${String(neurons).padStart(6)}  train ${train.median.toPrecision(4)}  test ${test.median.toPrecision(4)}`,
    );
  }
  console.log(
    `certified lower bound ${bound.median.toPrecision(4)} (median), ‖y‖² ${spread(bounds.map((b) => b.power)).median.toPrecision(6)}`,
  );
  const flat = summary.map(({ method, neurons, train, test }) => ({
    method,
    neurons,
    train: train.median,
    test: test.median,
  }));
  const panel = (field: "train" | "test", title: string): object => ({
    width: 330,
    height: 300,
    title,
    layer: [
      {
        data: { values: flat },
        mark: { type: "line", point: true },
        encoding: {
          x: { field: "neurons", type: "quantitative", scale: { type: "log" }, title: "neurons m" },
          y: { field, type: "quantitative", scale: { type: "log" }, title: "objective (median over seeds)" },
          color: { field: "method", type: "nominal", title: null },
        },
      },
      ...(field === "train"
        ? [
            {
              data: { values: [{ bound: bound.median, method: "certified lower bound" }] },
              mark: { type: "rule", strokeDash: [6, 3] },
              encoding: {
                y: { field: "bound", type: "quantitative" },
                color: { field: "method", type: "nominal" },
              },
            },
          ]
        : []),
    ],
  });
  await publish(
    "figure1",
    {
      paper: "Bartan and Pilanci (2021), figure 1",
      protocol: {
        samples: COUNT,
        features: FEATURES,
        planted: PLANTED,
        beta: BETA,
        neurons: NEURONS,
        seeds: seeds.length,
      },
      unstated:
        "planted second-layer weights uniform in (0, 1); 100 test samples; SGD: batch 20, momentum 0.9, 300 epochs, best of three rates by training loss, linear decay, α = 1/m; objective of SGD without the regulariser",
      summary,
      bounds,
      points,
    },
    { hconcat: [panel("train", "a) training"), panel("test", "b) test")] },
  );
}
