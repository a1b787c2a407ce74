/**
 * `npm start`: trains a two-layer network with ±1 weights on the embedded ionosphere data (is a radar return good?),
 * with a certified bound, against the baselines. The same as
 * `spectrahedron quantize bench/data/ionosphere.csv --target class --scale none --beta 10 --compare sgd,ste,float`.
 */
import { fileURLToPath } from "node:url";
import { runQuantize } from "../../src/cli/commands/quantize.ts";

const local = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

process.exitCode = await runQuantize(local("../data/ionosphere.csv"), {
  target: "class",
  program: "bilinear",
  activation: "bilinear",
  levels: 1,
  loss: "squared",
  average: "sum",
  regularizer: "consistent",
  beta: 10,
  neurons: [25, 250, 2500],
  split: 0.8,
  seed: 1,
  repeat: 1,
  compare: ["sgd", "ste", "float"],
  scale: "none",
  missing: "error",
  gap: 1e-6,
  maxIterations: 5000,
  timeLimit: 0,
  backend: "auto",
  figure: local("../results/quantized/ionosphere.svg"),
});
