/** Rows and columns of the register tile. */
const TILE = 4;
/** Depth of a packed panel, rows of a packed block of A: sized for the L1 and L2 caches. */
const DEPTH = 256;
const ROWS = 128;
/** Below this many multiply-adds packing costs more than it saves. */
const SMALL = 2000;

let packedA = new Float64Array(0);
let packedB = new Float64Array(0);
const tile = new Float64Array(TILE * TILE);

/**
 * Packs a rows×depth block in panels of four rows, zero-padded: entry (i, p) is read at i·rowStep +
 * p·depthStep.
 */
function pack(
  source: Float64Array,
  offset: number,
  rowStep: number,
  depthStep: number,
  rows: number,
  depth: number,
  target: Float64Array,
): void {
  let t = 0;
  for (let i = 0; i < rows; i += TILE) {
    const live = Math.min(TILE, rows - i);
    const base = offset + i * rowStep;
    if (live === TILE) {
      for (let p = 0, s = base; p < depth; p++, s += depthStep, t += TILE) {
        target[t] = source[s];
        target[t + 1] = source[s + rowStep];
        target[t + 2] = source[s + 2 * rowStep];
        target[t + 3] = source[s + 3 * rowStep];
      }
    } else {
      for (let p = 0, s = base; p < depth; p++, s += depthStep, t += TILE) {
        for (let r = 0; r < TILE; r++) target[t + r] = r < live ? source[s + r * rowStep] : 0;
      }
    }
  }
}

/** tile ← Σ_p a_p b_pᵀ over `depth` packed columns of four. */
function multiplyTile(
  a: Float64Array,
  aOffset: number,
  b: Float64Array,
  bOffset: number,
  depth: number,
): void {
  let c00 = 0,
    c10 = 0,
    c20 = 0,
    c30 = 0;
  let c01 = 0,
    c11 = 0,
    c21 = 0,
    c31 = 0;
  let c02 = 0,
    c12 = 0,
    c22 = 0,
    c32 = 0;
  let c03 = 0,
    c13 = 0,
    c23 = 0,
    c33 = 0;
  const end = aOffset + depth * TILE;
  for (let i = aOffset, j = bOffset; i < end; i += TILE, j += TILE) {
    const a0 = a[i],
      a1 = a[i + 1],
      a2 = a[i + 2],
      a3 = a[i + 3];
    const b0 = b[j],
      b1 = b[j + 1],
      b2 = b[j + 2],
      b3 = b[j + 3];
    c00 += a0 * b0;
    c10 += a1 * b0;
    c20 += a2 * b0;
    c30 += a3 * b0;
    c01 += a0 * b1;
    c11 += a1 * b1;
    c21 += a2 * b1;
    c31 += a3 * b1;
    c02 += a0 * b2;
    c12 += a1 * b2;
    c22 += a2 * b2;
    c32 += a3 * b2;
    c03 += a0 * b3;
    c13 += a1 * b3;
    c23 += a2 * b3;
    c33 += a3 * b3;
  }
  tile[0] = c00;
  tile[1] = c10;
  tile[2] = c20;
  tile[3] = c30;
  tile[4] = c01;
  tile[5] = c11;
  tile[6] = c21;
  tile[7] = c31;
  tile[8] = c02;
  tile[9] = c12;
  tile[10] = c22;
  tile[11] = c32;
  tile[12] = c03;
  tile[13] = c13;
  tile[14] = c23;
  tile[15] = c33;
}

/** C ← beta·C; beta = 0 overwrites whatever was there, NaN included. */
export function scaleBlock(
  m: number,
  n: number,
  beta: number,
  C: Float64Array,
  offset: number,
  ld: number,
): void {
  if (beta === 1) return;
  for (let j = 0; j < n; j++) {
    const start = offset + j * ld;
    if (beta === 0) C.fill(0, start, start + m);
    else for (let i = start; i < start + m; i++) C[i] *= beta;
  }
}

/**
 * C ← alpha·op(A)·op(B) + beta·C on blocks of column-major matrices given by offset and leading dimension.
 * Goto & van de Geijn (2008): panels packed for the cache, a 4×4 tile in registers.
 */
export function gemmBlock(
  transA: boolean,
  transB: boolean,
  m: number,
  n: number,
  k: number,
  alpha: number,
  A: Float64Array,
  aOffset: number,
  lda: number,
  B: Float64Array,
  bOffset: number,
  ldb: number,
  beta: number,
  C: Float64Array,
  cOffset: number,
  ldc: number,
): void {
  scaleBlock(m, n, beta, C, cOffset, ldc);
  if (m === 0 || n === 0 || k === 0 || alpha === 0) return;
  const aRow = transA ? lda : 1;
  const aDepth = transA ? 1 : lda;
  const bCol = transB ? 1 : ldb;
  const bDepth = transB ? ldb : 1;
  if (m * n * k <= SMALL) {
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < m; i++) {
        let sum = 0;
        let a = aOffset + i * aRow;
        let b = bOffset + j * bCol;
        for (let p = 0; p < k; p++, a += aDepth, b += bDepth) sum += A[a] * B[b];
        C[cOffset + j * ldc + i] += alpha * sum;
      }
    }
    return;
  }
  const depthRoom = Math.min(DEPTH, k);
  const needB = (n + TILE) * depthRoom;
  const needA = (Math.min(ROWS, m) + TILE) * depthRoom;
  if (packedB.length < needB) packedB = new Float64Array(needB);
  if (packedA.length < needA) packedA = new Float64Array(needA);
  for (let p = 0; p < k; p += DEPTH) {
    const depth = Math.min(DEPTH, k - p);
    pack(B, bOffset + p * bDepth, bCol, bDepth, n, depth, packedB);
    for (let i = 0; i < m; i += ROWS) {
      const rows = Math.min(ROWS, m - i);
      pack(A, aOffset + i * aRow + p * aDepth, aRow, aDepth, rows, depth, packedA);
      for (let j = 0; j < n; j += TILE) {
        const cols = Math.min(TILE, n - j);
        for (let r = 0; r < rows; r += TILE) {
          multiplyTile(packedA, r * depth, packedB, j * depth, depth);
          const live = Math.min(TILE, rows - r);
          for (let jj = 0; jj < cols; jj++) {
            const c = cOffset + (j + jj) * ldc + i + r;
            for (let rr = 0; rr < live; rr++) C[c + rr] += alpha * tile[jj * TILE + rr];
          }
        }
      }
    }
  }
}

/** Columns of C formed at a time in {@link syrkBlock}. */
const SYRK_COLUMNS = 64;

/** C ← alpha·op(A)·op(A)ᵀ + beta·C by block columns of the lower triangle (half the flops), then mirrored. */
export function syrk(
  trans: boolean,
  n: number,
  k: number,
  alpha: number,
  A: Float64Array,
  beta: number,
  C: Float64Array,
): void {
  const ld = trans ? k : n;
  const step = trans ? ld : 1;
  for (let j = 0; j < n; j += SYRK_COLUMNS) {
    const cols = Math.min(SYRK_COLUMNS, n - j);
    gemmBlock(trans, !trans, n - j, cols, k, alpha, A, j * step, ld, A, j * step, ld, beta, C, j * n + j, n);
  }
  mirrorLower(n, C);
}

/** Copies the lower triangle onto the upper. */
export function mirrorLower(n: number, C: Float64Array): void {
  for (let j = 0; j < n; j++) for (let i = j + 1; i < n; i++) C[i * n + j] = C[j * n + i];
}
