import type { BranchingRule, EngineChoice } from "../../src/sosx/index.ts";
import { trainByMip, trainBySearch } from "../../src/sosx/index.ts";
import { listOption, textOption } from "../reproduce/sosx/lib/data.ts";
import { randomInstance } from "./instances.ts";
import { writeResults } from "../reproduce/moment/lib/results.ts";

/** Random instances with N ≤ 6, M ≤ 2, P = 3: the search to its end beside HiGHS with binaries. */
export async function run(args: readonly string[]): Promise<void> {
  const [count] = listOption(args, "count", [120]);
  const engine = textOption(args, "engine", "highs") as EngineChoice;
  const branching = textOption(args, "branching", "violated") as BranchingRule;
  const totals = { equal: 0, boundAbove: 0, incumbentBelow: 0, notMonotone: 0, nodes: 0, search: 0, mip: 0 };
  let worst = 0;
  let positive = 0;
  for (let seed = 1; seed <= count; seed++) {
    const problem = randomInstance(seed);
    const found = await trainBySearch(problem, { engine, branching, gapTolerance: 1e-6, timeLimit: 60 });
    const mip = await trainByMip(problem, { gap: 1e-7 });
    const difference = Math.abs(found.best.pwl.mae - mip.objective);
    worst = Math.max(worst, difference);
    if (found.status === "optimal" && difference <= 2e-6) totals.equal++;
    if (found.lowerBound > mip.objective + 2e-6) totals.boundAbove++;
    if (found.best.pwl.mae < mip.bound - 2e-6) totals.incumbentBelow++;
    const falls = found.log.some(
      (line, k) => k > 0 && (line.lowerBound < found.log[k - 1].lowerBound || line.incumbent > found.log[k - 1].incumbent),
    );
    if (falls) totals.notMonotone++;
    if (mip.objective > 1e-4) positive++;
    totals.nodes += found.nodes;
    totals.search += found.seconds;
    totals.mip += mip.seconds;
  }
  const result = { instances: count, engine, branching, ...totals, optimumPositive: positive, worstDifference: worst };
  console.log(result);
  const command = `npx tsx bench/sosx/main.ts exactness --count ${count} --engine ${engine} --branching ${branching}`;
  const suffix = engine === "highs" && branching === "violated" ? "" : `-${engine}-${branching}`;
  console.log(`written to ${writeResults(`sosx-exactness${suffix}`, command, result)}`);
}
