import { amdOrdering, type SymmetricPattern } from "./amd.ts";
import { amalgamate, groupTimes, type FactorTimes } from "./amalgamation.ts";
import { columnCounts, eliminationTree, postorder } from "./elimination-tree.ts";
import { invertPermutation, permutePattern } from "./permute.ts";

/** What the factorisation of a pattern will take. */
export interface FillPrediction {
  /** Entries of L with its diagonal. */
  readonly nonzeros: number;
  /** Multiplications and additions of one factorisation. */
  readonly flops: number;
  /** The pivot order that it belongs to. */
  readonly order: Int32Array;
  /** Estimated nanoseconds of one factorisation and of one solve. */
  readonly time: FactorTimes;
}

/**
 * Everything about the factorisation that the pattern decides. Pivots are numbered so that every supernode is
 * a run of columns and the supernodes are in postorder. The front of supernode s has its own columns first,
 * then rows[rowPtr[s] … rowPtr[s+1]−1]; its pivotal columns are stored as a column-major panel.
 */
export interface SymbolicFactor extends FillPrediction {
  readonly inverse: Int32Array;
  readonly supernodes: number;
  /** First column of each supernode, n appended. */
  readonly start: Int32Array;
  /** Supernode above, −1 for roots. */
  readonly parent: Int32Array;
  /** 1 when some child contributes below the supernode's own columns, so that a block must be kept for it. */
  readonly hasBlock: Uint8Array;
  readonly rowPtr: Int32Array;
  readonly rows: Int32Array;
  /** Position of each of `rows` in the front of the parent. */
  readonly relative: Int32Array;
  /** Offset of each panel in the storage of the factor, the total appended. */
  readonly panel: Float64Array;
  /** Place of each entry of the given pattern in the storage of the factor. */
  readonly entry: Float64Array;
  /** Room for contribution blocks that are open at the same time. */
  readonly workspace: number;
  /** Largest number of rows in a front. */
  readonly largestFront: number;
}

interface Tree {
  readonly order: Int32Array;
  readonly parent: Int32Array;
  readonly counts: Int32Array;
}

/**
 * Renumbers by a postorder of the elimination tree, where columns of one supernode come to stand together.
 */
function postorderedTree(pattern: SymmetricPattern, order: Int32Array): Tree {
  const n = pattern.n;
  const first = permutePattern(pattern, invertPermutation(order));
  const tree = eliminationTree(first);
  const post = postorder(tree);
  const place = invertPermutation(post);
  const treeCounts = columnCounts(first, tree, post);
  const finalOrder = new Int32Array(n);
  const parent = new Int32Array(n);
  const counts = new Int32Array(n);
  for (let k = 0; k < n; k++) {
    finalOrder[k] = order[post[k]];
    parent[k] = tree[post[k]] === -1 ? -1 : place[tree[post[k]]];
    counts[k] = treeCounts[post[k]];
  }
  return { order: finalOrder, parent, counts };
}

/** Fill and work of the factorisation, without setting it up. The order defaults to {@link amdOrdering}. */
export function predictFill(pattern: SymmetricPattern, order = amdOrdering(pattern)): FillPrediction {
  const tree = postorderedTree(pattern, order);
  return { order, ...fillOf(tree.counts), time: groupTimes(amalgamate(tree.parent, tree.counts, true)) };
}

function fillOf(counts: Int32Array): { nonzeros: number; flops: number } {
  let nonzeros = 0;
  let flops = 0;
  for (const count of counts) {
    nonzeros += count;
    flops += (count - 1) * (count + 1);
  }
  return { nonzeros, flops };
}

/** @param merge false keeps every column a supernode of its own: for comparison in tests. */
export function analyse(pattern: SymmetricPattern, order: Int32Array, merge = true): SymbolicFactor {
  const n = pattern.n;
  const tree = postorderedTree(pattern, order);
  const groups = amalgamate(tree.parent, tree.counts, merge);
  const { groupOf, columns, rows: frontRows } = groups;

  // Groups by ascending last column: children before parents.
  const groupIndex = new Int32Array(n).fill(-1);
  let supernodes = 0;
  for (let j = 0; j < n; j++) if (groupOf[j] === j) groupIndex[j] = supernodes++;
  const up = new Int32Array(supernodes).fill(-1);
  const width = new Int32Array(supernodes);
  const height = new Int32Array(supernodes);
  for (let j = 0; j < n; j++) {
    if (groupOf[j] !== j) continue;
    const g = groupIndex[j];
    width[g] = columns[j];
    height[g] = frontRows[j];
    if (tree.parent[j] !== -1) up[g] = groupIndex[groupOf[tree.parent[j]]];
  }
  const post = postorder(up, stackHungryFirst(up, width, height));
  const place = invertPermutation(post);

  const start = new Int32Array(supernodes + 1);
  const parent = new Int32Array(supernodes);
  const rowPtr = new Int32Array(supernodes + 1);
  const panel = new Float64Array(supernodes + 1);
  let largestFront = 0;
  for (let s = 0; s < supernodes; s++) {
    const g = post[s];
    start[s + 1] = start[s] + width[g];
    rowPtr[s + 1] = rowPtr[s] + height[g] - width[g];
    panel[s + 1] = panel[s] + width[g] * height[g];
    parent[s] = up[g] === -1 ? -1 : place[up[g]];
    largestFront = Math.max(largestFront, height[g]);
  }
  const next = start.slice(0, supernodes);
  const finalOrder = new Int32Array(n);
  for (let j = 0; j < n; j++) finalOrder[next[place[groupIndex[groupOf[j]]]]++] = tree.order[j];
  const inverse = invertPermutation(finalOrder);

  const lower = lowerColumns(pattern, inverse);
  const rows = frontStructure(n, lower, start, parent, rowPtr);
  const hasBlock = new Uint8Array(supernodes);
  for (let s = 0; s < supernodes; s++) {
    const last = rowPtr[s + 1] - 1;
    if (parent[s] !== -1 && rows[last] >= start[parent[s] + 1]) hasBlock[parent[s]] = 1;
  }
  const { relative, entry } = frontPlaces(n, lower, { start, parent, rowPtr, rows, panel });
  return {
    ...fillOf(tree.counts),
    time: groupTimes(groups),
    order: finalOrder,
    inverse,
    supernodes,
    start,
    parent,
    hasBlock,
    rowPtr,
    rows,
    relative,
    panel,
    entry,
    workspace: openBlocks(parent, hasBlock, rowPtr),
    largestFront,
  };
}

/**
 * Key that puts the child with the largest need for open contribution blocks first: while it is worked on,
 * its parent's block is not open yet (J. W. H. Liu, "On the storage requirement in the out-of-core
 * multifrontal method").
 */
function stackHungryFirst(up: Int32Array, width: Int32Array, height: Int32Array): Float64Array {
  const count = up.length;
  const largest = new Float64Array(count);
  const second = new Float64Array(count);
  const key = new Float64Array(count);
  for (let g = 0; g < count; g++) {
    const block = (height[g] - width[g]) ** 2;
    const peak = Math.max(largest[g], block + second[g]);
    key[g] = -peak;
    const p = up[g];
    if (p === -1) continue;
    if (peak > largest[p]) {
      second[p] = largest[p];
      largest[p] = peak;
    } else if (peak > second[p]) second[p] = peak;
  }
  return key;
}

interface LowerColumns {
  readonly ptr: Int32Array;
  readonly idx: Int32Array;
  /** Entry of the given pattern. */
  readonly source: Int32Array;
}

/** Columns of the lower triangle of the renumbered matrix. */
function lowerColumns({ n, colPtr, rowIdx }: SymmetricPattern, inverse: Int32Array): LowerColumns {
  const ptr = new Int32Array(n + 1);
  for (let j = 0; j < n; j++) {
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) ptr[Math.min(inverse[rowIdx[p]], inverse[j]) + 1]++;
  }
  for (let j = 0; j < n; j++) ptr[j + 1] += ptr[j];
  const fill = ptr.slice(0, n);
  const idx = new Int32Array(colPtr[n]);
  const source = new Int32Array(colPtr[n]);
  for (let j = 0; j < n; j++) {
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      const a = inverse[rowIdx[p]];
      const b = inverse[j];
      const q = fill[a < b ? a : b]++;
      idx[q] = a < b ? b : a;
      source[q] = p;
    }
  }
  return { ptr, idx, source };
}

/** Rows of every front below its own columns, ascending: those of the matrix and of the children. */
function frontStructure(
  n: number,
  { ptr, idx }: LowerColumns,
  start: Int32Array,
  parent: Int32Array,
  rowPtr: Int32Array,
): Int32Array {
  const supernodes = parent.length;
  const rows = new Int32Array(rowPtr[supernodes]);
  const mark = new Int32Array(n).fill(-1);
  const childHead = new Int32Array(supernodes).fill(-1);
  const childNext = new Int32Array(supernodes);
  for (let s = 0; s < supernodes; s++) {
    const end = start[s + 1];
    let write = rowPtr[s];
    for (let p = ptr[start[s]]; p < ptr[end]; p++) {
      const i = idx[p];
      if (i < end || mark[i] === s) continue;
      mark[i] = s;
      rows[write++] = i;
    }
    for (let c = childHead[s]; c !== -1; c = childNext[c]) {
      for (let p = rowPtr[c]; p < rowPtr[c + 1]; p++) {
        const i = rows[p];
        if (i < end || mark[i] === s) continue;
        mark[i] = s;
        rows[write++] = i;
      }
    }
    rows.subarray(rowPtr[s], rowPtr[s + 1]).sort();
    if (parent[s] !== -1) {
      childNext[s] = childHead[parent[s]];
      childHead[parent[s]] = s;
    }
  }
  return rows;
}

type FrontLayout = Pick<SymbolicFactor, "start" | "parent" | "rowPtr" | "rows" | "panel">;

/** Where children's rows and the matrix's entries land in the fronts. */
function frontPlaces(n: number, { ptr, idx, source }: LowerColumns, layout: FrontLayout) {
  const { start, parent, rowPtr, rows, panel } = layout;
  const supernodes = parent.length;
  const relative = new Int32Array(rows.length);
  const entry = new Float64Array(idx.length);
  const local = new Int32Array(n);
  const childHead = new Int32Array(supernodes).fill(-1);
  const childNext = new Int32Array(supernodes);
  for (let s = 0; s < supernodes; s++) {
    const width = start[s + 1] - start[s];
    const height = width + rowPtr[s + 1] - rowPtr[s];
    for (let j = 0; j < width; j++) local[start[s] + j] = j;
    for (let p = rowPtr[s]; p < rowPtr[s + 1]; p++) local[rows[p]] = width + p - rowPtr[s];
    for (let j = 0; j < width; j++) {
      const column = panel[s] + j * height;
      const end = ptr[start[s] + j + 1];
      for (let p = ptr[start[s] + j]; p < end; p++) entry[source[p]] = column + local[idx[p]];
    }
    for (let c = childHead[s]; c !== -1; c = childNext[c]) {
      for (let p = rowPtr[c]; p < rowPtr[c + 1]; p++) relative[p] = local[rows[p]];
    }
    if (parent[s] !== -1) {
      childNext[s] = childHead[parent[s]];
      childHead[parent[s]] = s;
    }
  }
  return { relative, entry };
}

/** Largest total size of contribution blocks open at once, when a block opens as the first child finishes. */
function openBlocks(parent: Int32Array, hasBlock: Uint8Array, rowPtr: Int32Array): number {
  const opened = new Uint8Array(parent.length);
  let open = 0;
  let most = 0;
  for (let s = 0; s < parent.length; s++) {
    const p = parent[s];
    if (p !== -1 && hasBlock[p] === 1 && opened[p] === 0) {
      opened[p] = 1;
      open += (rowPtr[p + 1] - rowPtr[p]) ** 2;
    }
    most = Math.max(most, open);
    if (hasBlock[s] === 1) open -= (rowPtr[s + 1] - rowPtr[s]) ** 2;
  }
  return most;
}
