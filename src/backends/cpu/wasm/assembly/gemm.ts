// Packed matrix products. Addresses are in bytes, leading dimensions and steps in elements.

const TILE: i32 = 4;
const DEPTH: i32 = 256;
const ROWS: i32 = 128;
const COLUMNS: i32 = 1024;

/** Bytes of scratch that {@link gemm} needs, at an address aligned to 16. */
export function gemmScratchBytes(): i32 {
  return 8 * DEPTH * (ROWS + COLUMNS + 2 * TILE);
}

let scratch: usize = 0;

/** Tells where the scratch of {@link gemm} is. */
export function setGemmScratch(address: usize): void {
  scratch = address;
}

/** Packs in panels of four rows, zero-padded: entry (i, p) is read at i·rowStep + p·depthStep. */
function pack(source: usize, rowStep: i32, depthStep: i32, rows: i32, depth: i32, target: usize): void {
  const byRow = (<usize>rowStep) << 3;
  const byDepth = (<usize>depthStep) << 3;
  let t = target;
  for (let i = 0; i < rows; i += TILE) {
    let s = source + <usize>i * byRow;
    const live = rows - i;
    if (live >= TILE) {
      if (rowStep == 1) {
        for (let p = 0; p < depth; p++) {
          v128.store(t, v128.load(s));
          v128.store(t, v128.load(s, 16), 16);
          s += byDepth;
          t += 32;
        }
      } else {
        let s1 = s + byRow;
        let s2 = s1 + byRow;
        let s3 = s2 + byRow;
        let p = 0;
        if (depthStep == 1) {
          for (; p + 1 < depth; p += 2) {
            const r0 = v128.load(s);
            const r1 = v128.load(s1);
            const r2 = v128.load(s2);
            const r3 = v128.load(s3);
            v128.store(t, v128.shuffle<f64>(r0, r1, 0, 2));
            v128.store(t, v128.shuffle<f64>(r2, r3, 0, 2), 16);
            v128.store(t, v128.shuffle<f64>(r0, r1, 1, 3), 32);
            v128.store(t, v128.shuffle<f64>(r2, r3, 1, 3), 48);
            s += 16;
            s1 += 16;
            s2 += 16;
            s3 += 16;
            t += 64;
          }
        }
        for (; p < depth; p++) {
          f64.store(t, f64.load(s));
          f64.store(t, f64.load(s1), 8);
          f64.store(t, f64.load(s2), 16);
          f64.store(t, f64.load(s3), 24);
          s += byDepth;
          s1 += byDepth;
          s2 += byDepth;
          s3 += byDepth;
          t += 32;
        }
      }
    } else {
      for (let p = 0; p < depth; p++) {
        f64.store(t, f64.load(s));
        f64.store(t, live > 1 ? f64.load(s + byRow) : 0, 8);
        f64.store(t, live > 2 ? f64.load(s + 2 * byRow) : 0, 16);
        f64.store(t, 0, 24);
        s += byDepth;
        t += 32;
      }
    }
  }
}

function accumulate(address: usize, alpha: v128, value: v128): void {
  v128.store(address, f64x2.add(v128.load(address), f64x2.mul(alpha, value)));
}

/** C (rows ≤ 4, cols ≤ 4 live) += alpha·Σ_p a_p b_pᵀ over packed columns of four. */
function multiplyTile(
  a: usize,
  b: usize,
  depth: i32,
  alpha: f64,
  c: usize,
  ldc: usize,
  rows: i32,
  cols: i32,
): void {
  let c00 = f64x2.splat(0);
  let c10 = c00;
  let c01 = c00;
  let c11 = c00;
  let c02 = c00;
  let c12 = c00;
  let c03 = c00;
  let c13 = c00;
  const end = a + ((<usize>depth) << 5);
  while (a < end) {
    const a0 = v128.load(a);
    const a1 = v128.load(a, 16);
    let x = v128.load_splat<f64>(b);
    c00 = f64x2.add(c00, f64x2.mul(a0, x));
    c10 = f64x2.add(c10, f64x2.mul(a1, x));
    x = v128.load_splat<f64>(b, 8);
    c01 = f64x2.add(c01, f64x2.mul(a0, x));
    c11 = f64x2.add(c11, f64x2.mul(a1, x));
    x = v128.load_splat<f64>(b, 16);
    c02 = f64x2.add(c02, f64x2.mul(a0, x));
    c12 = f64x2.add(c12, f64x2.mul(a1, x));
    x = v128.load_splat<f64>(b, 24);
    c03 = f64x2.add(c03, f64x2.mul(a0, x));
    c13 = f64x2.add(c13, f64x2.mul(a1, x));
    a += 32;
    b += 32;
  }
  const s = f64x2.splat(alpha);
  if (rows == 4) {
    accumulate(c, s, c00);
    accumulate(c + 16, s, c10);
    if (cols > 1) {
      accumulate(c + ldc, s, c01);
      accumulate(c + ldc + 16, s, c11);
    }
    if (cols > 2) {
      accumulate(c + 2 * ldc, s, c02);
      accumulate(c + 2 * ldc + 16, s, c12);
    }
    if (cols > 3) {
      accumulate(c + 3 * ldc, s, c03);
      accumulate(c + 3 * ldc + 16, s, c13);
    }
    return;
  }
  storePartial(c, s, c00, c10, rows);
  if (cols > 1) storePartial(c + ldc, s, c01, c11, rows);
  if (cols > 2) storePartial(c + 2 * ldc, s, c02, c12, rows);
  if (cols > 3) storePartial(c + 3 * ldc, s, c03, c13, rows);
}

/** One column of a tile with one to three live rows. */
function storePartial(c: usize, alpha: v128, upper: v128, lower: v128, rows: i32): void {
  if (rows == 1) {
    f64.store(c, f64.load(c) + f64x2.extract_lane(f64x2.mul(alpha, upper), 0));
    return;
  }
  accumulate(c, alpha, upper);
  if (rows == 3) f64.store(c, f64.load(c, 16) + f64x2.extract_lane(f64x2.mul(alpha, lower), 0), 16);
}

/** C += alpha·op(A)·op(B), C m×n, inner dimension k. Goto & van de Geijn (2008). */
export function gemm(
  transA: bool,
  transB: bool,
  m: i32,
  n: i32,
  k: i32,
  alpha: f64,
  A: usize,
  lda: i32,
  B: usize,
  ldb: i32,
  C: usize,
  ldc: i32,
): void {
  if (m <= 0 || n <= 0 || k <= 0 || alpha == 0) return;
  const aRow = transA ? lda : 1;
  const aDepth = transA ? 1 : lda;
  const bCol = transB ? 1 : ldb;
  const bDepth = transB ? ldb : 1;
  const packedA = scratch;
  const packedB = scratch + 8 * DEPTH * (ROWS + TILE);
  const cStep = (<usize>ldc) << 3;
  for (let q = 0; q < n; q += COLUMNS) {
    const width = min(COLUMNS, n - q);
    for (let p = 0; p < k; p += DEPTH) {
      const depth = min(DEPTH, k - p);
      const panel = (<usize>depth) << 3;
      pack(B + ((<usize>q * bCol + <usize>p * bDepth) << 3), bCol, bDepth, width, depth, packedB);
      for (let i = 0; i < m; i += ROWS) {
        const rows = min(ROWS, m - i);
        pack(A + ((<usize>i * aRow + <usize>p * aDepth) << 3), aRow, aDepth, rows, depth, packedA);
        for (let j = 0; j < width; j += TILE) {
          const cols = min(TILE, width - j);
          const b = packedB + <usize>j * panel;
          let c = C + <usize>(q + j) * cStep + ((<usize>i) << 3);
          for (let r = 0; r < rows; r += TILE) {
            multiplyTile(packedA + <usize>r * panel, b, depth, alpha, c, cStep, min(TILE, rows - r), cols);
            c += 32;
          }
        }
      }
    }
  }
}

/** Multiplies an m×n block by beta; zero overwrites. */
export function scale(m: i32, n: i32, beta: f64, C: usize, ldc: i32): void {
  if (beta == 1) return;
  for (let j = 0; j < n; j++) {
    const column = C + ((<usize>j * ldc) << 3);
    if (beta == 0) memory.fill(column, 0, (<usize>m) << 3);
    else
      for (let i: usize = 0; i < <usize>m; i++)
        f64.store(column + (i << 3), beta * f64.load(column + (i << 3)));
  }
}

/** Block columns formed at a time by {@link syrk}. */
const SYRK_COLUMNS: i32 = 64;

/** C += alpha·op(A)·op(A)ᵀ by block columns of the lower triangle, then mirrored. */
export function syrk(trans: bool, n: i32, k: i32, alpha: f64, A: usize, lda: i32, C: usize): void {
  for (let j = 0; j < n; j += SYRK_COLUMNS) {
    const block = A + ((<usize>(trans ? j * lda : j)) << 3);
    const target = C + ((<usize>j * n + j) << 3);
    gemm(trans, !trans, n - j, min(SYRK_COLUMNS, n - j), k, alpha, block, lda, block, lda, target, n);
  }
  mirrorLower(n, C);
}

/** Copies the lower triangle onto the upper, by tiles so that both sides stay in the cache. */
export function mirrorLower(n: i32, C: usize): void {
  for (let jb = 0; jb < n; jb += 32) {
    const jEnd = min(jb + 32, n);
    for (let ib = jb; ib < n; ib += 32) {
      const iEnd = min(ib + 32, n);
      for (let j = jb; j < jEnd; j++) {
        for (let i = max(ib, j + 1); i < iEnd; i++) {
          f64.store(C + ((<usize>i * n + j) << 3), f64.load(C + ((<usize>j * n + i) << 3)));
        }
      }
    }
  }
}
