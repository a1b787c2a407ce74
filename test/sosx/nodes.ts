import type { NodeRequest, TrainingProblem } from "../../src/sosx/index.ts";
import { rootRanges } from "../../src/sosx/index.ts";
import { randomRanges, smallInstance } from "./instances.ts";

/** A problem and some of its nodes, the root first. */
export function someNodes(count: number): { readonly problem: TrainingProblem; readonly nodes: readonly NodeRequest[] } {
  const problem = smallInstance(6, { samples: 6, outputs: 2 });
  const nodes = Array.from({ length: count }, (_, k) => ({
    ranges: k === 0 ? rootRanges(problem) : randomRanges(problem, k),
  }));
  return { problem, nodes };
}
