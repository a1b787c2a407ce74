import { HighsEngine } from "../../src/sosx/engines/highs-engine.ts";
import type { TrainingProblem } from "../../src/sosx/index.ts";
import { rootRanges, trainByMip, trainBySearch } from "../../src/sosx/index.ts";
import { distillation, listOption } from "../reproduce/sosx/lib/data.ts";
import { writeResults } from "../reproduce/moment/lib/results.ts";
import { hullProgram } from "./hull-program.ts";
import { randomInstance, trainingProblem } from "./instances.ts";
import { solveWithHighs } from "../../src/lp/highs.ts";

async function rootBound(problem: TrainingProblem, envelopes: boolean): Promise<{ bound: number; cuts: number }> {
  const engine = await HighsEngine.create(problem, { envelopes });
  try {
    const [{ bound }] = await engine.solve([{ ranges: rootRanges(problem) }]);
    return { bound: Math.max(0, bound), cuts: engine.cutCount };
  } finally {
    engine.dispose();
  }
}

/**
 * What tightens the root, on random instances with N ≤ 6, M ≤ 2, P = 3 (share of the root's gap to the optimum that is
 * closed) and on the distillation column: cuts of neuron envelopes over the parameters' box, the best that any envelope
 * of a single (i, j) can do (its exact hull with x_ij in range), and the nodes of whole searches with reduced-cost fixing
 * and without. `--count 80 --neurons 2,5`.
 */
export async function run(args: readonly string[]): Promise<void> {
  const [count] = listOption(args, "count", [80]);
  const sizes = listOption(args, "neurons", [2, 5]);
  const totals = { withGap: 0, raisedByCuts: 0, raisedByHulls: 0, closedByCuts: 0, closedByHulls: 0, cuts: 0 };
  const nodes = { plain: 0, fixing: 0, envelopes: 0 };
  const seconds = { plain: 0, fixing: 0, envelopes: 0 };
  for (let seed = 1; seed <= count; seed++) {
    const problem = randomInstance(seed);
    const { objective: optimum } = await trainByMip(problem, { gap: 1e-7 });
    const plain = await rootBound(problem, false);
    const cut = await rootBound(problem, true);
    const hull = (await solveWithHighs(hullProgram(problem))).objective;
    if (optimum - plain.bound > 1e-4) {
      const gap = optimum - plain.bound;
      totals.withGap++;
      totals.closedByCuts += (cut.bound - plain.bound) / gap;
      totals.closedByHulls += (hull - plain.bound) / gap;
      totals.raisedByCuts += cut.bound - plain.bound > 1e-6 ? 1 : 0;
      totals.raisedByHulls += hull - plain.bound > 1e-6 ? 1 : 0;
      totals.cuts += cut.cuts;
    }
    const settings = { engine: "highs", gapTolerance: 1e-6, timeLimit: 60 } as const;
    for (const way of ["plain", "fixing", "envelopes"] as const) {
      const found = await trainBySearch(problem, { ...settings, fixing: way !== "plain", envelopes: way === "envelopes" });
      if (Math.abs(found.best.pwl.mae - optimum) > 2e-6) throw new Error(`instance ${seed}: ${way} misses the optimum`);
      nodes[way] += found.nodes;
      seconds[way] += found.seconds;
    }
  }
  totals.closedByCuts /= totals.withGap;
  totals.closedByHulls /= totals.withGap;
  console.log(totals, nodes, seconds);
  const columns: object[] = [];
  for (const neurons of sizes) {
    const problem = trainingProblem(distillation(args), neurons);
    const [plain, cut] = [await rootBound(problem, false), await rootBound(problem, true)];
    columns.push({ neurons, rootBound: plain.bound, withCuts: cut.bound, cuts: cut.cuts });
    console.log(columns[columns.length - 1]);
  }
  const command = `npx tsx bench/sosx/main.ts tightening --count ${count} --neurons ${sizes.join(",")}`;
  const record = { instances: count, ...totals, nodes, seconds, distillation: columns };
  console.log(`written to ${writeResults("sosx-tightening", command, record)}`);
}
