/**
 * Groups of columns of the factor that are treated as one dense trapezoid (relaxed supernodes). Beginning
 * with single columns, a parent in the elimination tree takes in a child whenever a model of the time says
 * so: explicit zeros cost arithmetic in the factorisation and in the solves, separate fronts cost assembly
 * and overhead. Where the trailing part of the factor is nearly dense this yields one dense block, factored
 * at the speed of the dense kernels.
 */

/** Columns from which the dense kernels take over from plain loops. */
export const KERNEL_COLUMNS = 32;

/** Nanoseconds, roughly; only ratios matter. */
const FRONT_OVERHEAD = 150;
const ROW_OVERHEAD = 4;
const ASSEMBLY_PER_ENTRY = 1.3;
const OUTER_PER_ENTRY = 1.1;
const LOOP_RATE = 1.2;
const KERNEL_RATE = 5;
/** Solves per factorisation to plan for. */
const SOLVES = 20;
/** A solve with one column goes entry by entry, with several through a gathered dense vector. */
const SOLVE_SINGLE = { front: 30, row: 4.8 };
const SOLVE_DENSE = { front: 80, row: 6, entry: 1.6 };

/**
 * Time to factor a front with k pivots and r rows in all, and to add its contribution to the one above. A
 * leaf with one pivot writes straight into its parent.
 */
function factorTime(k: number, r: number, leaf: boolean): number {
  const u = r - k;
  if (leaf && k === 1) return FRONT_OVERHEAD + ROW_OVERHEAD * r + OUTER_PER_ENTRY * u * u;
  const flops = (r * r * r - u * u * u) / 3;
  const rate = k >= KERNEL_COLUMNS ? KERNEL_RATE : LOOP_RATE;
  return FRONT_OVERHEAD + ROW_OVERHEAD * r + flops / rate + ASSEMBLY_PER_ENTRY * u * u;
}

/** Time of one forward and one backward substitution with such a front. */
function solveTime(k: number, r: number): number {
  if (k === 1) return SOLVE_SINGLE.front + SOLVE_SINGLE.row * (r - 1);
  const entries = k * r - (k * (k - 1)) / 2;
  return SOLVE_DENSE.front + SOLVE_DENSE.row * r + SOLVE_DENSE.entry * entries;
}

function frontCost(k: number, r: number, leaf: boolean): number {
  return factorTime(k, r, leaf) + SOLVES * solveTime(k, r);
}

export interface Groups {
  /** Last column of the group of each column. */
  readonly groupOf: Int32Array;
  /** By last column: columns and rows of the group's front; 0 for columns inside a group. */
  readonly columns: Int32Array;
  readonly rows: Int32Array;
  /** By last column: 1 when no group below contributes outside its columns. */
  readonly leaf: Uint8Array;
}

/** Nanoseconds of one factorisation and of one solve. */
export interface FactorTimes {
  readonly factor: number;
  readonly solve: number;
}

/** The times of all groups by the model. */
export function groupTimes({ columns, rows, leaf }: Groups): FactorTimes {
  let factor = 0;
  let solve = 0;
  for (let j = 0; j < columns.length; j++) {
    if (columns[j] === 0) continue;
    factor += factorTime(columns[j], rows[j], leaf[j] === 1);
    solve += solveTime(columns[j], rows[j]);
  }
  return { factor, solve };
}

/** `parent`, `counts` in postorder (children before parents). `merge` false: every column its own group. */
export function amalgamate(parent: Int32Array, counts: Int32Array, merge: boolean): Groups {
  const n = parent.length;
  const columns = new Int32Array(n).fill(1);
  const rows = counts.slice();
  const leaf = new Uint8Array(n);
  const into = new Int32Array(n).fill(-1);
  // Children of each group, linked; rebuilt while groups swallow one another.
  const childHead = new Int32Array(n).fill(-1);
  const childNext = new Int32Array(n).fill(-1);
  for (let p = 0; p < n; p++) {
    if (merge) {
      let candidates: number[] = [];
      for (let c = childHead[p]; c !== -1; c = childNext[c]) candidates.push(c);
      // Children with the longest columns share most with the parent.
      const shared = (c: number): number => rows[c] - columns[c];
      if (candidates.length > 1) candidates.sort((a, b) => shared(b) - shared(a) || a - b);
      const kept: number[] = [];
      while (candidates.length > 0) {
        const again: number[] = [];
        for (const c of candidates) {
          const k = columns[c] + columns[p];
          const r = columns[c] + rows[p];
          const zeros = r - rows[c];
          const below = frontCost(columns[c], rows[c], leaf[c] === 1);
          if (zeros > 0 && frontCost(k, r, false) >= below + frontCost(columns[p], rows[p], false)) {
            kept.push(c);
            continue;
          }
          into[c] = p;
          columns[p] = k;
          rows[p] = r;
          columns[c] = 0;
          const target = zeros > 0 && again.length < 64 ? again : kept;
          for (let g = childHead[c]; g !== -1; g = childNext[g]) target.push(g);
        }
        candidates = again;
      }
      childHead[p] = -1;
      for (const c of kept) {
        childNext[c] = childHead[p];
        childHead[p] = c;
      }
    }
    // A child with a single row below its columns contributes to p's pivotal columns alone.
    leaf[p] = 1;
    for (let c = childHead[p]; c !== -1; c = childNext[c]) if (rows[c] - columns[c] > 1) leaf[p] = 0;
    const up = parent[p];
    if (up !== -1) {
      childNext[p] = childHead[up];
      childHead[up] = p;
    }
  }
  const groupOf = new Int32Array(n);
  for (let j = n - 1; j >= 0; j--) {
    groupOf[j] = into[j] === -1 ? j : groupOf[into[j]];
    if (into[j] !== -1) rows[j] = 0;
  }
  return { groupOf, columns, rows, leaf };
}
