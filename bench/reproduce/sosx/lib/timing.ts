import type { LearningData } from "../../../../src/sosx/index.ts";
import { createEngine, rootRanges, trainBySearch } from "../../../../src/sosx/index.ts";
import { trainingProblem } from "../../../sosx/instances.ts";

export interface NodeTimes {
  readonly neurons: number;
  readonly pieces: number;
  /** One root relaxation by HiGHS, cold. */
  readonly rootSeconds: number;
  /** Nodes of the tree and their time with the batch engine, without heuristics. */
  readonly nodes: number;
  readonly treeSeconds: number;
}

/**
 * What grows with M and P here: the paper's CPU times belong to one pass over all (i, j, k) without pruning, so the time
 * of a fixed number of node relaxations stands beside them.
 */
export async function nodeTimes(
  data: LearningData,
  neurons: number,
  pieces: number,
  nodeLimit: number,
): Promise<NodeTimes> {
  const problem = trainingProblem(data, neurons, pieces);
  const highs = await createEngine(problem, "highs", { batch: 1 });
  const start = performance.now();
  await highs.solve([{ ranges: rootRanges(problem) }]);
  const rootSeconds = (performance.now() - start) / 1000;
  highs.dispose();
  const search = await trainBySearch(problem, { engine: "batch", nodeLimit, timeLimit: 0, heuristics: false });
  return { neurons, pieces, rootSeconds, nodes: search.nodes, treeSeconds: search.seconds };
}
