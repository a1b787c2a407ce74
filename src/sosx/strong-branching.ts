import type { RelaxationEngine } from "./engines/engine.ts";
import type { PieceRanges } from "./node-relaxation.ts";
import type { BranchingPoint, TreeNode } from "./tree.ts";
import { childChanges, withChange } from "./tree.ts";

/** Effort of a trial solve. */
const EFFORT = 0.2;

/**
 * Strong branching: both halves of every point are solved in one batch with little effort, and the point is taken whose
 * halves raise the bound most, by the product of the two rises (Achterberg). Ties go to the more violated.
 */
export async function chooseStrongly(
  engine: RelaxationEngine,
  ranges: PieceRanges,
  node: TreeNode,
  points: readonly BranchingPoint[],
  seconds: number,
): Promise<BranchingPoint> {
  const requests = points.flatMap((point) =>
    childChanges(ranges, point).map((change) => ({ ranges: withChange(ranges, change), warm: node.warm })),
  );
  const answers = await engine.solve(requests, { effort: EFFORT, seconds });
  const floor = 1e-6;
  const scores = points.map((_, k) => {
    const rises = [answers[2 * k], answers[2 * k + 1]].map(({ bound }) =>
      bound === Infinity ? 1e3 : Math.max(floor, bound - node.bound),
    );
    return rises[0] * rises[1];
  });
  let best = 0;
  scores.forEach((score, k) => {
    if (score > scores[best] * (1 + 1e-9)) best = k;
  });
  return points[best];
}
