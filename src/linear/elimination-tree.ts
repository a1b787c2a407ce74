import type { SymmetricPattern } from "./amd.ts";

/** Parent of each column in the elimination tree (−1: root). J. W. H. Liu, 1990, with path compression. */
export function eliminationTree({ n, colPtr, rowIdx }: SymmetricPattern): Int32Array {
  const parent = new Int32Array(n).fill(-1);
  const ancestor = new Int32Array(n).fill(-1);
  for (let j = 0; j < n; j++) {
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      let i = rowIdx[p];
      while (i !== -1 && i < j) {
        const up = ancestor[i];
        ancestor[i] = j;
        if (up === -1) parent[i] = j;
        i = up;
      }
    }
  }
  return parent;
}

/**
 * Postorder of a forest: order[k] is the k-th node. Children are visited by ascending `key` (ties by index),
 * or by index without a key.
 */
export function postorder(parent: Int32Array, key?: ArrayLike<number>): Int32Array {
  const n = parent.length;
  const head = new Int32Array(n + 1).fill(-1);
  const next = new Int32Array(n);
  const nodes = Int32Array.from({ length: n }, (_, i) => n - 1 - i);
  if (key !== undefined) nodes.sort((a, b) => key[b] - key[a] || b - a);
  // Pushing in descending order leaves every list of children ascending. Roots hang on node n.
  for (const i of nodes) {
    const up = parent[i] === -1 ? n : parent[i];
    next[i] = head[up];
    head[up] = i;
  }
  const order = new Int32Array(n);
  const stack = new Int32Array(n + 1);
  let written = 0;
  let top = 0;
  stack[0] = n;
  while (top >= 0) {
    const node = stack[top];
    const child = head[node];
    if (child === -1) {
      top--;
      if (node !== n) order[written++] = node;
    } else {
      head[node] = next[child];
      stack[++top] = child;
    }
  }
  return order;
}

/**
 * Entries of each column of the factor, the diagonal included, without forming it: J. R. Gilbert, E. G. Ng,
 * B. W. Peyton, "An efficient algorithm to compute row and column counts for sparse Cholesky factorization",
 * 1994.
 */
export function columnCounts(pattern: SymmetricPattern, parent: Int32Array, post: Int32Array): Int32Array {
  const { n, colPtr, rowIdx } = pattern;
  // Compressed rows of the upper triangle: for column j of the lower one, the entries below the diagonal.
  const lowerPtr = new Int32Array(n + 1);
  const lowerIdx = new Int32Array(colPtr[n]);
  for (let p = 0; p < colPtr[n]; p++) lowerPtr[rowIdx[p] + 1]++;
  for (let i = 0; i < n; i++) lowerPtr[i + 1] += lowerPtr[i];
  const fill = lowerPtr.slice(0, n);
  for (let j = 0; j < n; j++) for (let p = colPtr[j]; p < colPtr[j + 1]; p++) lowerIdx[fill[rowIdx[p]]++] = j;

  const first = new Int32Array(n).fill(-1);
  const counts = new Int32Array(n);
  for (let k = 0; k < n; k++) {
    let j = post[k];
    if (first[j] === -1) counts[j] = 1;
    for (; j !== -1 && first[j] === -1; j = parent[j]) first[j] = k;
  }
  const maxFirst = new Int32Array(n).fill(-1);
  const previousLeaf = new Int32Array(n).fill(-1);
  const ancestor = Int32Array.from({ length: n }, (_, i) => i);
  for (let k = 0; k < n; k++) {
    const j = post[k];
    if (parent[j] !== -1) counts[parent[j]]--;
    for (let p = lowerPtr[j]; p < lowerPtr[j + 1]; p++) {
      const i = lowerIdx[p];
      if (i <= j || first[j] <= maxFirst[i]) continue;
      // j is a leaf of the i-th row subtree.
      maxFirst[i] = first[j];
      const before = previousLeaf[i];
      previousLeaf[i] = j;
      counts[j]++;
      if (before === -1) continue;
      let root = before;
      while (root !== ancestor[root]) root = ancestor[root];
      for (let s = before; s !== root; ) {
        const up = ancestor[s];
        ancestor[s] = root;
        s = up;
      }
      counts[root]--;
    }
    if (parent[j] !== -1) ancestor[j] = parent[j];
  }
  for (let k = 0; k < n; k++) {
    const j = post[k];
    if (parent[j] !== -1) counts[parent[j]] += counts[j];
  }
  return counts;
}
