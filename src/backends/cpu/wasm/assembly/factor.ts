// Blocked Cholesky, LDLᵀ and triangular solves on top of the packed product. See typescript/factor.ts.

import { gemm } from "./gemm";
import { axpy, axpy2, dot, scal } from "./vector";

const PANEL: i32 = 32;
/** Width within a panel up to which columns are updated one by one. */
const FEW_COLUMNS: i32 = 4;

function at(A: usize, ld: i32, row: i32, col: i32): usize {
  return A + ((<usize>col * ld + row) << 3);
}

/** Copies the strict upper triangle of a diagonal block to `work`, or back. */
export function moveCorner(n: i32, A: usize, start: i32, cols: i32, work: usize, back: bool): void {
  for (let c = 1; c < cols; c++) {
    const inside = at(A, n, start, start + c);
    const outside = at(work, PANEL, 0, c);
    if (back) memory.copy(inside, outside, (<usize>c) << 3);
    else memory.copy(outside, inside, (<usize>c) << 3);
  }
}

/** Subtracts from column c the panel's earlier columns, each times L(c, p), and D(p) when `diagonal`. */
function updateColumn(n: i32, A: usize, start: i32, c: i32, diagonal: bool): void {
  const target = at(A, n, c, c);
  let p = start;
  for (; p + 1 < c; p += 2) {
    const x = at(A, n, c, p);
    const y = at(A, n, c, p + 1);
    const fx = diagonal ? f64.load(x) * f64.load(at(A, n, p, p)) : f64.load(x);
    const fy = diagonal ? f64.load(y) * f64.load(at(A, n, p + 1, p + 1)) : f64.load(y);
    axpy2(n - c, -fx, x, -fy, y, target);
  }
  if (p < c) {
    const x = at(A, n, c, p);
    const factor = diagonal ? f64.load(x) * f64.load(at(A, n, p, p)) : f64.load(x);
    axpy(n - c, -factor, x, target);
  }
}

/** Factors columns j … j + cols − 1, already updated by those before; −1, or the column whose pivot is not positive. */
export function choleskyPanel(n: i32, A: usize, j: i32, cols: i32): i32 {
  for (let c = j; c < j + cols; c++) {
    updateColumn(n, A, j, c, false);
    const diagonal = at(A, n, c, c);
    const pivot = f64.load(diagonal);
    if (!(pivot > 0)) return c;
    const root = Math.sqrt(pivot);
    f64.store(diagonal, root);
    scal(n - c - 1, 1 / root, diagonal + 8);
  }
  return -1;
}

/** Lower Cholesky; −1, or the first column whose pivot is not positive. `work` holds 32×32 doubles. */
export function cholesky(n: i32, A: usize, work: usize): i32 {
  for (let j = 0; j < n; j += PANEL) {
    const cols = min(PANEL, n - j);
    moveCorner(n, A, j, cols, work, false);
    gemm(false, true, n - j, cols, j, -1, at(A, n, j, 0), n, at(A, n, j, 0), n, at(A, n, j, j), n);
    moveCorner(n, A, j, cols, work, true);
    const failed = choleskyPanel(n, A, j, cols);
    if (failed >= 0) return failed;
  }
  return -1;
}

/** Factors columns j … j + cols − 1, already updated by those before; the number of pivots replaced. */
export function ldlPanel(n: i32, A: usize, j: i32, cols: i32, signs: usize, threshold: f64, delta: f64): i32 {
  let replaced = 0;
  for (let c = j; c < j + cols; c++) {
    updateColumn(n, A, j, c, true);
    const diagonal = at(A, n, c, c);
    const sign = <f64>load<i8>(signs + c);
    let pivot = f64.load(diagonal);
    if (!(pivot * sign > threshold)) {
      pivot = sign * delta;
      f64.store(diagonal, pivot);
      replaced++;
    }
    scal(n - c - 1, 1 / pivot, diagonal + 8);
  }
  return replaced;
}

/** Rows j … j + cols − 1 of L left of the diagonal, times D: cols×j at `scaled`, leading dimension 32. */
export function scaledRows(n: i32, A: usize, j: i32, cols: i32, scaled: usize): void {
  for (let p = 0; p < j; p++) {
    const d = f64.load(at(A, n, p, p));
    for (let c = 0; c < cols; c++) f64.store(at(scaled, PANEL, c, p), d * f64.load(at(A, n, j + c, p)));
  }
}

/** Lower LDLᵀ with replaced pivots counted. `work` holds 32·32 + 32·n doubles. */
export function ldl(n: i32, A: usize, signs: usize, threshold: f64, delta: f64, work: usize): i32 {
  const scaled = work + 8 * PANEL * PANEL;
  let replaced = 0;
  for (let j = 0; j < n; j += PANEL) {
    const cols = min(PANEL, n - j);
    scaledRows(n, A, j, cols, scaled);
    moveCorner(n, A, j, cols, work, false);
    gemm(false, true, n - j, cols, j, -1, at(A, n, j, 0), n, scaled, PANEL, at(A, n, j, j), n);
    moveCorner(n, A, j, cols, work, true);
    replaced += ldlPanel(n, A, j, cols, signs, threshold, delta);
  }
  return replaced;
}

/** Substitution with one diagonal block of L (`cols` wide) on k columns of B. */
function solveDiagonal(
  trans: bool,
  unit: bool,
  cols: i32,
  k: i32,
  L: usize,
  ldl: i32,
  B: usize,
  ldb: i32,
): void {
  for (let q = 0; q < k; q++) {
    const b = B + ((<usize>q * ldb) << 3);
    if (trans) {
      for (let c = cols - 1; c >= 0; c--) {
        const diagonal = at(L, ldl, c, c);
        const target = b + ((<usize>c) << 3);
        const sum = f64.load(target) - dot(cols - c - 1, diagonal + 8, target + 8);
        f64.store(target, unit ? sum : sum / f64.load(diagonal));
      }
    } else {
      for (let c = 0; c < cols; c++) {
        const diagonal = at(L, ldl, c, c);
        const target = b + ((<usize>c) << 3);
        if (!unit) f64.store(target, f64.load(target) / f64.load(diagonal));
        axpy(cols - c - 1, -f64.load(target), diagonal + 8, target + 8);
      }
    }
  }
}

/** B ← L⁻¹B or L⁻ᵀB, B n×k with leading dimension ldb. */
export function solveLower(
  trans: bool,
  unit: bool,
  n: i32,
  k: i32,
  L: usize,
  ldl: i32,
  B: usize,
  ldb: i32,
): void {
  if (k < FEW_COLUMNS || n <= PANEL) {
    solveDiagonal(trans, unit, n, k, L, ldl, B, ldb);
    return;
  }
  const blocks = (n + PANEL - 1) / PANEL;
  for (let index = 0; index < blocks; index++) {
    const start = (trans ? blocks - 1 - index : index) * PANEL;
    const cols = min(PANEL, n - start);
    const end = start + cols;
    const target = at(B, ldb, start, 0);
    if (trans)
      gemm(
        true,
        false,
        cols,
        k,
        n - end,
        -1,
        at(L, ldl, end, start),
        ldl,
        at(B, ldb, end, 0),
        ldb,
        target,
        ldb,
      );
    else gemm(false, false, cols, k, start, -1, at(L, ldl, start, 0), ldl, B, ldb, target, ldb);
    solveDiagonal(trans, unit, cols, k, at(L, ldl, start, start), ldl, target, ldb);
  }
}

/** Columns j … j + cols − 1 of L⁻¹ from their diagonal on, (n − j)×cols, to `work`. */
export function inverseColumns(n: i32, L: usize, j: i32, cols: i32, work: usize): void {
  const rows = n - j;
  memory.fill(work, 0, (<usize>rows * cols) << 3);
  for (let c = 0; c < cols; c++) f64.store(at(work, rows, c, c), 1);
  solveLower(false, false, rows, cols, at(L, n, j, j), n, work, rows);
}

/** L ← L⁻¹ in place, strict upper triangle untouched. `work` holds 32·n doubles. */
export function invertLower(n: i32, L: usize, work: usize): void {
  for (let j = 0; j < n; j += PANEL) {
    const cols = min(PANEL, n - j);
    inverseColumns(n, L, j, cols, work);
    for (let c = 0; c < cols; c++) {
      memory.copy(at(L, n, j + c, j + c), at(work, n - j, c, c), (<usize>(n - j - c)) << 3);
    }
  }
}
