/**
 * `npm start`: trains a two-layer network with ±1 weights on the ionosphere data through its convex program, with
 * live progress, and says how good the result is.
 */
import { bilinearLowerBound } from "./lower-bound.ts";
import { bilinearProblem, couplingBlock, predict } from "./bilinear-problem.ts";
import { accuracy, loadIonosphere } from "./ionosphere.ts";
import { formatCount, formatSignificant } from "../../src/report/format.ts";
import { IterationTable } from "../../src/report/iteration-table.ts";
import { describeCones } from "../../src/report/problem-summary.ts";
import { ProgressLine } from "../../src/report/progress-line.ts";
import { resultSummary } from "../../src/report/result-summary.ts";
import { solve } from "../../src/solver/solve.ts";

const SEED = 1;
const BETA = 10;
const EPS = 1e-4;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const { train, test, majorityRate } = await loadIonosphere(SEED);
const problem = bilinearProblem(train, BETA);
print(
  `Training a quantized network on the ionosphere data: is a radar return good?

  data      ${train.count + test.count} samples, ${train.dimension} features; ${train.count} to train, ${test.count} to test (seed ${SEED})
  network   two layers, bilinear activation, first-layer weights in {-1, +1}
  program   min ‖ŷ - y‖² + 2βdρ over Q = [V Z; Zᵀ W] psd, diag Q = ρ, ŷᵢ = 2xᵢᵀZxᵢ,
            β = ${BETA}, d = ${train.dimension}: convex, and a lower bound for every such network
  as cones  ${formatCount(problem.c.length, "variable")}, ${formatCount(problem.b.length, "row")}, ${describeCones(problem.cones).join(", ")}
  accuracy  ${EPS} asked for
`,
);

const display = process.stderr.isTTY
  ? new ProgressLine(problem, (text) => void process.stderr.write(text))
  : new IterationTable(problem, (text) => void process.stderr.write(text));
const abort = new AbortController();
process.once("SIGINT", () => abort.abort());
const result = await solve(problem, {
  eps: EPS,
  signal: abort.signal,
  onIteration: (info) => display.add(info),
});
display.finish();
print(resultSummary(problem, result));

const Z = couplingBlock(result.x, train.dimension);
const fitted = predict(train, Z);
const loss = fitted.reduce((sum, value, k) => sum + (value - train.targets[k]) ** 2, 0);
// The multipliers of the diagonal rows, averaged over the halves that the program treats alike.
const weights = Float64Array.from({ length: train.dimension }, (_, a) =>
  Math.abs(result.y[train.count + a] + result.y[train.count + train.dimension + a]),
);
const bound = bilinearLowerBound(train, fitted, weights, BETA);
print(`
What that means
  training loss      ${formatSignificant(loss, 6)}  (squared, summed over ${train.count} samples)
  lower bound        ${formatSignificant(bound, 7)}  no network of this kind has a smaller objective
  training accuracy  ${percent(accuracy(train, fitted))}
  test accuracy      ${percent(accuracy(test, predict(test, Z)))}
  majority class     ${percent(majorityRate)}  of the test samples: what guessing the frequent class gives`);
process.exitCode = result.status === "solved" ? 0 : 1;
