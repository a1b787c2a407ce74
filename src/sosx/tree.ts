import type { WarmState } from "./engines/engine.ts";
import type { PieceRanges } from "./node-relaxation.ts";
import { rootRanges } from "./node-relaxation.ts";
import type { TrainingProblem } from "./training-problem.ts";

/** One restriction: the pieces of (i, j), at ij = i·M + j, become breakpoints lo … hi. */
export interface PieceChange {
  readonly ij: number;
  readonly lo: number;
  readonly hi: number;
}

/** Where to split a node: at breakpoint k of (i, j). */
export interface BranchingPoint {
  readonly ij: number;
  readonly k: number;
  /** How much it seems to matter; the larger the better. */
  readonly score: number;
}

export interface TreeNode {
  readonly id: number;
  readonly parent: TreeNode | undefined;
  /** From the parent: the branch, then what fixing took away. */
  readonly changes: readonly PieceChange[];
  readonly depth: number;
  /** Safe, and not below the parent's. */
  readonly bound: number;
  /** The same for networks with σ itself; −Infinity where unknown. */
  readonly activationBound: number;
  /** Where to branch, best first; empty: every piece is fixed. */
  readonly candidates: readonly BranchingPoint[];
  warm: WarmState | undefined;
}

/** Piece ranges of a node: the root's with all changes on the way. */
export function rangesOf(problem: TrainingProblem, node: TreeNode): PieceRanges {
  const ranges = rootRanges(problem);
  for (const { ij, lo, hi } of changesFromRoot(node)) {
    ranges.lo[ij] = lo;
    ranges.hi[ij] = hi;
  }
  return ranges;
}

/** All changes of a node against the root's ranges, oldest first. */
export function changesFromRoot(node: TreeNode): PieceChange[] {
  const path: TreeNode[] = [];
  for (let at: TreeNode | undefined = node; at !== undefined; at = at.parent) path.push(at);
  return path.reverse().flatMap(({ changes }) => changes);
}

/** The two halves of a split. */
export function childChanges(ranges: PieceRanges, { ij, k }: BranchingPoint): readonly [PieceChange, PieceChange] {
  return [
    { ij, lo: ranges.lo[ij], hi: k },
    { ij, lo: k, hi: ranges.hi[ij] },
  ];
}

export function withChanges(ranges: PieceRanges, changes: readonly PieceChange[]): PieceRanges {
  const changed = { lo: ranges.lo.slice(), hi: ranges.hi.slice() };
  for (const { ij, lo, hi } of changes) {
    changed.lo[ij] = lo;
    changed.hi[ij] = hi;
  }
  return changed;
}

/** Open nodes, least bound first; ties by age, so that the order is fixed. */
export class OpenNodes {
  private readonly heap: TreeNode[] = [];

  get size(): number {
    return this.heap.length;
  }

  get nodes(): readonly TreeNode[] {
    return this.heap;
  }

  /** Infinity when empty. */
  get least(): number {
    return this.heap.length === 0 ? Infinity : this.heap[0].bound;
  }

  push(node: TreeNode): void {
    const { heap } = this;
    let k = heap.length;
    heap.push(node);
    while (k > 0) {
      const parent = (k - 1) >> 1;
      if (!before(node, heap[parent])) break;
      heap[k] = heap[parent];
      k = parent;
    }
    heap[k] = node;
  }

  pop(): TreeNode | undefined {
    const { heap } = this;
    const top = heap[0] as TreeNode | undefined;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let k = 0;
    for (;;) {
      let child = 2 * k + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
      if (!before(heap[child], last)) break;
      heap[k] = heap[child];
      k = child;
    }
    heap[k] = last;
    return top;
  }
}

function before(a: TreeNode, b: TreeNode): boolean {
  return a.bound < b.bound || (a.bound === b.bound && a.id < b.id);
}

/** How many branching points are kept with a node. */
const KEPT = 12;

/**
 * Branching points by violation: |g_ij − f(x_ij)|·Σ_c|W₂[c,j]| at the relaxation's point, split at the breakpoint next to
 * x_ij. Pieces that are not violated come last, so that a node with free pieces can always be split.
 */
export function branchingPoints(
  problem: TrainingProblem,
  ranges: PieceRanges,
  x: Float64Array,
  g: Float64Array,
  graph: Float64Array,
): BranchingPoint[] {
  const { neurons: M, outputs: C, outputWeights, pwl } = problem;
  const p = pwl.breakpoints;
  const weight = Float64Array.from({ length: M }, (_, j) => {
    let sum = 0;
    for (let c = 0; c < C; c++) sum += Math.abs(outputWeights[c * M + j]);
    return sum;
  });
  const points: BranchingPoint[] = [];
  for (let ij = 0; ij < x.length; ij++) {
    const lo = ranges.lo[ij];
    const hi = ranges.hi[ij];
    if (hi - lo < 2) continue;
    let k = lo + 1;
    for (let other = lo + 2; other < hi; other++) {
      if (Math.abs(p[other] - x[ij]) < Math.abs(p[k] - x[ij])) k = other;
    }
    const violation = Math.abs(g[ij] - graph[ij]) * weight[ij % M];
    const closeness = 1 / (1 + Math.abs(p[k] - x[ij]));
    points.push({ ij, k, score: violation + 1e-9 * closeness });
  }
  points.sort((a, b) => b.score - a.score || a.ij - b.ij);
  return points.slice(0, KEPT);
}
