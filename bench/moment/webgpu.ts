import { minimizePolynomial, PolynomialRing } from "../../src/moment/index.ts";
import type { HierarchyResult, PolynomialProblem } from "../../src/moment/index.ts";
import { feasibleBox } from "../../src/moment/bounds.ts";
import { completeProblem } from "../../src/moment/problem.ts";
import { layOutRelaxation } from "../../src/moment/relaxation.ts";
import { scaleProblem } from "../../src/moment/scaling.ts";
import { solveRelaxation } from "../../src/moment/solve-relaxation.ts";
import type { Settings } from "../../src/solver/settings.ts";
import { countOption, writeResults } from "../reproduce/moment/lib/results.ts";
import { plantedProblem, recoveryError } from "./planted-problems.ts";
import { broydenTridiagonal, chainedSingular } from "./sparse-problems.ts";

/**
 * Relaxations of many small blocks through the WebGPU backend beside the CPU: as `minimize --backend webgpu` solves
 * them (device first, the rest in double precision), and by the device alone (f32 for the sparse problems, whose
 * optima are degenerate; with corrections on the device for the planted ones).
 */
const sizes = [20, 100, 300, 1000].filter((n) => n <= countOption(process.argv, "variables", 300));
const plantedSeeds = countOption(process.argv, "planted", 9);
const runs: object[] = [];

for (const n of sizes) {
  const { names, variables } = PolynomialRing.numbered(n);
  for (const [name, objective] of [
    ["Broyden tridiagonal", broydenTridiagonal(variables)],
    ["chained singular", chainedSingular(variables)],
  ] as const) {
    await compare(`${name}, ${n} variables`, { variables: names, objective }, 2, { precision: "f32", eps: 1e-6 }, () => undefined);
  }
}
const corrected: Partial<Settings> = { precision: "refined", refinement: "device", eps: 1e-8 };
for (let seed = 1; seed <= plantedSeeds; seed++) {
  const planted = plantedProblem(seed);
  await compare(`planted ${planted.kind}, seed ${seed}`, planted.problem, planted.order, corrected, (result) =>
    recoveryError(planted, result.minimizers),
  );
}
const worst = Math.max(...runs.map((run) => (run as { difference: number }).difference));
console.log(`largest difference ${worst.toExponential(1)} relative to max(1, |value|)`);
const command = `npx tsx bench/moment/webgpu.ts --variables ${Math.max(...sizes)} --planted ${plantedSeeds}`;
console.log(`written to ${writeResults("moment-webgpu", command, { largestDifference: worst, runs })}`);

async function compare(
  name: string,
  problem: PolynomialProblem,
  order: number,
  alone: Partial<Settings>,
  errorOf: (result: HierarchyResult) => number | undefined,
): Promise<void> {
  const sparsity = { correlative: problem.variables.length > 10 };
  const cpu = await minimizePolynomial(problem, { order, sparsity, starts: 1, backend: "cpu" });
  const device = await minimizePolynomial(problem, { order, sparsity, starts: 1, backend: "webgpu" });
  const complete = completeProblem(problem);
  const scaled = scaleProblem(complete, feasibleBox(complete));
  const relaxation = layOutRelaxation(scaled.problem, order, sparsity);
  const began = performance.now();
  const only = await solveRelaxation(relaxation, { backend: "webgpu", timeLimit: 120, ...alone });
  const seconds = (performance.now() - began) / 1000;
  const reference = cpu.relaxationValue;
  const apart = (value: number): number => Math.abs(value - reference) / Math.max(1, Math.abs(reference));
  const difference = apart(device.relaxationValue);
  // In the units the solver works in: the objective's largest coefficient is 1.
  const aloneDifference = apart(only.value / scaled.objectiveScale);
  const aloneScaled = Math.abs(only.value - reference * scaled.objectiveScale);
  const side = (result: HierarchyResult): object => ({
    status: result.status,
    value: result.relaxationValue,
    upperBound: result.upperBound,
    iterations: result.orders[0].iterations,
    seconds: result.seconds,
    recoveryError: errorOf(result),
  });
  runs.push({
    name,
    blocks: device.orders[0].blocks,
    difference,
    cpu: side(cpu),
    device: { backend: device.backend, ...side(device) },
    deviceAlone: {
      settings: alone,
      status: only.result?.status,
      value: only.value / scaled.objectiveScale,
      difference: aloneDifference,
      differenceScaled: aloneScaled,
      iterations: only.result?.iterations,
      seconds,
    },
  });
  console.log(
    `${name}: CPU ${reference.toPrecision(6)} (${cpu.seconds.toFixed(1)} s); ${device.backend} ${device.status}, ` +
      `apart ${difference.toExponential(1)} (${device.seconds.toFixed(1)} s); device alone ${only.result?.status ?? "-"}, apart ` +
      `${aloneDifference.toExponential(1)}, scaled ${aloneScaled.toExponential(1)} (${seconds.toFixed(1)} s)` +
      (errorOf(device) === undefined ? "" : `; minimisers to ${errorOf(device)?.toExponential(1)}`),
  );
}
