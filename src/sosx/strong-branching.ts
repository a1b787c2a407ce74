import type { EngineLimits, RelaxationEngine } from "./engines/engine.ts";
import type { PieceRanges } from "./node-relaxation.ts";
import type { BranchingPoint, TreeNode } from "./tree.ts";
import { childChanges, withChanges } from "./tree.ts";

/** Effort of a trial solve. */
const EFFORT = 0.2;

/** A node to split, and the points where it may be. */
export interface BranchingTrial {
  readonly node: TreeNode;
  readonly ranges: PieceRanges;
  readonly points: readonly BranchingPoint[];
}

/**
 * Strong branching: both halves of every point of every node are solved in one batch with little effort, and of each node
 * the point is taken whose halves raise the bound most, by the product of the two rises (Achterberg). Ties go to the more
 * violated.
 */
export async function chooseStrongly(
  engine: RelaxationEngine,
  trials: readonly BranchingTrial[],
  limits: EngineLimits,
): Promise<BranchingPoint[]> {
  const requests = trials.flatMap(({ node, ranges, points }) =>
    points.flatMap((point) =>
      childChanges(ranges, point).map((change) => ({ ranges: withChanges(ranges, [change]), warm: node.warm })),
    ),
  );
  const answers = await engine.solve(requests, { ...limits, effort: EFFORT });
  const floor = 1e-6;
  let at = 0;
  return trials.map(({ node, points }) => {
    const rise = (bound: number): number => (bound === Infinity ? 1e3 : Math.max(floor, bound - node.bound));
    const scores = points.map(() => rise(answers[at++].bound) * rise(answers[at++].bound));
    let best = 0;
    scores.forEach((score, k) => {
      if (score > scores[best] * (1 + 1e-9)) best = k;
    });
    return points[best];
  });
}
