import { gemmBlock } from "./gemm.ts";

/** Width of a panel factored column by column; everything else is matrix products. */
const PANEL = 32;

const corner = new Float64Array(PANEL * PANEL);
let scaled = new Float64Array(0);

/** Keeps the strict upper triangle of a diagonal block, which the block products overwrite. */
function saveCorner(n: number, A: Float64Array, start: number, cols: number): void {
  for (let c = 1; c < cols; c++) {
    for (let r = 0; r < c; r++) corner[c * PANEL + r] = A[(start + c) * n + start + r];
  }
}

function restoreCorner(n: number, A: Float64Array, start: number, cols: number): void {
  for (let c = 1; c < cols; c++) {
    for (let r = 0; r < c; r++) A[(start + c) * n + start + r] = corner[c * PANEL + r];
  }
}

/** Subtracts from column c the panel's earlier columns p, each times L(c, p), and D(p) when `diagonal`. */
function updateColumn(n: number, A: Float64Array, start: number, c: number, diagonal: boolean): void {
  const target = c * n;
  for (let p = start; p < c; p++) {
    const source = p * n;
    const factor = A[source + c] * (diagonal ? A[source + p] : 1);
    for (let i = c; i < n; i++) A[target + i] -= factor * A[source + i];
  }
}

/**
 * Left-looking blocked Cholesky (Golub & Van Loan, §4.2), lower triangle. See the contract for the result.
 */
export function cholesky(n: number, A: Float64Array): number {
  for (let j = 0; j < n; j += PANEL) {
    const cols = Math.min(PANEL, n - j);
    saveCorner(n, A, j, cols);
    gemmBlock(false, true, n - j, cols, j, -1, A, j, n, A, j, n, 1, A, j * n + j, n);
    restoreCorner(n, A, j, cols);
    for (let c = j; c < j + cols; c++) {
      updateColumn(n, A, j, c, false);
      const pivot = A[c * n + c];
      if (!(pivot > 0)) return c;
      const root = Math.sqrt(pivot);
      A[c * n + c] = root;
      for (let i = c * n + c + 1; i < c * n + n; i++) A[i] /= root;
    }
  }
  return -1;
}

/** Left-looking blocked LDLᵀ without pivoting, lower triangle. See the contract for the regularisation. */
export function ldl(n: number, A: Float64Array, signs: Int8Array, threshold: number, delta: number): number {
  let replaced = 0;
  if (scaled.length < n * PANEL) scaled = new Float64Array(n * PANEL);
  for (let j = 0; j < n; j += PANEL) {
    const cols = Math.min(PANEL, n - j);
    for (let p = 0; p < j; p++) {
      const d = A[p * n + p];
      for (let c = 0; c < cols; c++) scaled[p * PANEL + c] = d * A[p * n + j + c];
    }
    saveCorner(n, A, j, cols);
    gemmBlock(false, true, n - j, cols, j, -1, A, j, n, scaled, 0, PANEL, 1, A, j * n + j, n);
    restoreCorner(n, A, j, cols);
    for (let c = j; c < j + cols; c++) {
      updateColumn(n, A, j, c, true);
      let pivot = A[c * n + c];
      const sign = signs[c];
      if (!(pivot * sign > threshold)) {
        pivot = sign * delta;
        A[c * n + c] = pivot;
        replaced++;
      }
      for (let i = c * n + c + 1; i < c * n + n; i++) A[i] /= pivot;
    }
  }
  return replaced;
}

/** Solves with one diagonal block of L, `cols` wide from `start`, on the k columns of B. */
function solveDiagonal(
  trans: boolean,
  unit: boolean,
  start: number,
  cols: number,
  k: number,
  L: Float64Array,
  lOffset: number,
  ldl: number,
  B: Float64Array,
  bOffset: number,
  ldb: number,
): void {
  for (let q = 0; q < k; q++) {
    const b = bOffset + q * ldb + start;
    if (trans) {
      for (let c = cols - 1; c >= 0; c--) {
        const column = lOffset + (start + c) * ldl + start;
        let sum = B[b + c];
        for (let r = c + 1; r < cols; r++) sum -= L[column + r] * B[b + r];
        B[b + c] = unit ? sum : sum / L[column + c];
      }
    } else {
      for (let c = 0; c < cols; c++) {
        const column = lOffset + (start + c) * ldl + start;
        if (!unit) B[b + c] /= L[column + c];
        const value = B[b + c];
        for (let r = c + 1; r < cols; r++) B[b + r] -= L[column + r] * value;
      }
    }
  }
}

/** Fewer right-hand sides than this are substituted directly: packing L would cost more than the products. */
const FEW_COLUMNS = 4;

/** Blocked substitution on blocks of column-major matrices given by offset and leading dimension. */
export function solveLowerBlock(
  trans: boolean,
  unit: boolean,
  n: number,
  k: number,
  L: Float64Array,
  lOffset: number,
  ldl: number,
  B: Float64Array,
  bOffset: number,
  ldb: number,
): void {
  if (k < FEW_COLUMNS || n <= PANEL) {
    solveDiagonal(trans, unit, 0, n, k, L, lOffset, ldl, B, bOffset, ldb);
    return;
  }
  const blocks = Math.ceil(n / PANEL);
  for (let index = 0; index < blocks; index++) {
    const start = (trans ? blocks - 1 - index : index) * PANEL;
    const cols = Math.min(PANEL, n - start);
    const end = start + cols;
    const target = bOffset + start;
    if (trans) {
      const below = lOffset + start * ldl + end;
      gemmBlock(true, false, cols, k, n - end, -1, L, below, ldl, B, bOffset + end, ldb, 1, B, target, ldb);
    } else {
      gemmBlock(
        false,
        false,
        cols,
        k,
        start,
        -1,
        L,
        lOffset + start,
        ldl,
        B,
        bOffset,
        ldb,
        1,
        B,
        target,
        ldb,
      );
    }
    solveDiagonal(trans, unit, start, cols, k, L, lOffset, ldl, B, bOffset, ldb);
  }
}

/**
 * L ← L⁻¹. Columns j … of the inverse solve L(j:, j:)·X = [I; 0] and need only columns ≥ j of L, so that
 * going left to right the inverse may overwrite L.
 */
export function invertLower(n: number, L: Float64Array): void {
  const work = new Float64Array(n * PANEL);
  for (let j = 0; j < n; j += PANEL) {
    const cols = Math.min(PANEL, n - j);
    const rows = n - j;
    work.fill(0);
    for (let c = 0; c < cols; c++) work[c * rows + c] = 1;
    solveLowerBlock(false, false, rows, cols, L, j * n + j, n, work, 0, rows);
    for (let c = 0; c < cols; c++) {
      for (let r = c; r < rows; r++) L[(j + c) * n + j + r] = work[c * rows + r];
    }
  }
}
