import type { SparseMatrix } from "../../problem/sparse-matrix.ts";

/** How a cone that is not eliminated enters the reduced matrix. */
export interface KeptCone<Block extends { readonly offset: number; readonly dim: number } = Rows> {
  readonly block: Block;
  /** Order of its first row in the reduced matrix. */
  readonly at: number;
  /** H diagonal, full, or diagonal plus rank two with two more unknowns. */
  readonly form: KeptForm;
  /** First of the two extra unknowns of an expanded cone. */
  readonly extra: number;
}
export type KeptForm = "diagonal" | "dense" | "expanded";
interface Rows {
  readonly offset: number;
  readonly dim: number;
}

/** Second-order cones above this dimension enter as diagonal plus rank two. */
const DENSE_CONE = 4;

/** How a cone of this kind and dimension is entered. */
export function keptForm(kind: "zero" | "nonnegative" | "secondOrder" | "other", dim: number): KeptForm {
  if (kind === "zero" || kind === "nonnegative") return "diagonal";
  return kind === "secondOrder" && dim > DENSE_CONE ? "expanded" : "dense";
}

/**
 * Numbers the kept cones after the n columns of x, the extra unknowns last. Returns the order of the matrix
 * too.
 */
export function placeKept<Block extends Rows>(
  n: number,
  blocks: readonly { readonly block: Block; readonly form: KeptForm }[],
): { readonly order: number; readonly kept: readonly KeptCone<Block>[] } {
  let order = n;
  const starts = blocks.map(({ block }) => {
    const at = order;
    order += block.dim;
    return at;
  });
  const kept = blocks.map(({ block, form }, k) => {
    const extra = form === "expanded" ? order : 0;
    if (form === "expanded") order += 2;
    return { block, form, at: starts[k], extra };
  });
  return { order, kept };
}

export interface KktPattern {
  readonly colPtr: Int32Array;
  readonly rowIdx: Int32Array;
  readonly fixed: Float64Array;
  readonly diagonal: Int32Array;
  readonly schurSlots: Int32Array[];
  readonly keptSlots: Int32Array[];
}

/** The upper triangle of the reduced matrix, and where everybody's numbers go in it. */
export function buildPattern(
  n: number,
  order: number,
  P: SparseMatrix | undefined,
  A: SparseMatrix,
  cliques: readonly { readonly columns: Int32Array }[],
  positions: readonly KeptCone[],
): KktPattern {
  // For every x column: the PSD blocks that contain it, with its local index.
  const inBlocks: [schur: number, local: number][][] = Array.from({ length: n }, () => []);
  cliques.forEach((schur, b) => schur.columns.forEach((j, local) => inBlocks[j].push([b, local])));
  const schurSlots = cliques.map(
    ({ columns }) => new Int32Array((columns.length * (columns.length + 1)) / 2),
  );
  const keptRow = new Int32Array(A.rows).fill(-1);
  for (const { block, at } of positions)
    for (let k = 0; k < block.dim; k++) keptRow[block.offset + k] = at + k;

  const colPtr = new Int32Array(order + 1);
  const diagonal = new Int32Array(order);
  let capacity = 1024;
  let rowIdx = new Int32Array(capacity);
  let fixed = new Float64Array(capacity);
  let count = 0;
  const push = (row: number, value: number): number => {
    if (count === capacity) {
      capacity *= 2;
      const rows = new Int32Array(capacity);
      rows.set(rowIdx);
      rowIdx = rows;
      const values = new Float64Array(capacity);
      values.set(fixed);
      fixed = values;
    }
    rowIdx[count] = row;
    fixed[count] = value;
    return count++;
  };

  const slotOf = new Int32Array(n).fill(-1);
  for (let j = 0; j < n; j++) {
    const from = count;
    const slot = (row: number): number => (slotOf[row] >= 0 ? slotOf[row] : (slotOf[row] = push(row, 0)));
    diagonal[j] = slot(j);
    if (P !== undefined) {
      for (let k = P.colPtr[j]; k < P.colPtr[j + 1]; k++)
        if (P.rowIdx[k] <= j) fixed[slot(P.rowIdx[k])] += P.values[k];
    }
    for (const [b, local] of inBlocks[j]) {
      const { columns } = cliques[b];
      const base = (local * (local + 1)) / 2;
      for (let q = 0; q <= local; q++) schurSlots[b][base + q] = slot(columns[q]);
    }
    for (let k = from; k < count; k++) slotOf[rowIdx[k]] = -1;
    colPtr[j + 1] = count;
  }

  // Columns of the kept rows: A's row above, then the cone's own block.
  const rowsOfA = rowsAsLists(A, keptRow, order);
  const keptSlots: Int32Array[] = [];
  for (const { block, at, form } of positions) {
    const own: number[] = [];
    for (let k = 0; k < block.dim; k++) {
      const column = at + k;
      for (let p = rowsOfA.start[column]; p < rowsOfA.start[column + 1]; p++)
        push(rowsOfA.column[p], rowsOfA.value[p]);
      if (form === "dense") {
        for (let i = 0; i <= k; i++) own.push(push(at + i, 0));
      } else own.push(push(column, 0));
      diagonal[column] = own[own.length - 1];
      colPtr[column + 1] = count;
    }
    keptSlots.push(Int32Array.from(own));
  }
  positions.forEach(({ block, at, form, extra }, index) => {
    if (form !== "expanded") return;
    const own = Array.from(keptSlots[index]);
    for (let e = extra; e < extra + 2; e++) {
      for (let k = 0; k < block.dim; k++) own.push(push(at + k, 0));
      diagonal[e] = push(e, 0);
      own.push(diagonal[e]);
      colPtr[e + 1] = count;
    }
    keptSlots[index] = Int32Array.from(own);
  });
  return {
    colPtr,
    rowIdx: rowIdx.slice(0, count),
    fixed: fixed.slice(0, count),
    diagonal,
    schurSlots,
    keptSlots,
  };
}

/** Rows of A listed under the reduced column that each becomes. */
function rowsAsLists(
  A: SparseMatrix,
  keptRow: Int32Array,
  order: number,
): { start: Int32Array; column: Int32Array; value: Float64Array } {
  const start = new Int32Array(order + 1);
  for (let k = 0; k < A.rowIdx.length; k++) if (keptRow[A.rowIdx[k]] >= 0) start[keptRow[A.rowIdx[k]] + 1]++;
  for (let i = 0; i < order; i++) start[i + 1] += start[i];
  const next = start.slice(0, order);
  const column = new Int32Array(start[order]);
  const value = new Float64Array(start[order]);
  for (let j = 0; j < A.cols; j++) {
    for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) {
      const target = keptRow[A.rowIdx[k]];
      if (target < 0) continue;
      const q = next[target]++;
      column[q] = j;
      value[q] = A.values[k];
    }
  }
  return { start, column, value };
}
