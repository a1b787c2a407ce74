/**
 * Kernels as texts of JavaScript functions, which gpu.js makes shaders of. Matrices are n×n with n a multiple of four, in
 * batches of layers; a texel holds four neighbours of a row, so that a thread forms 1×4 entries from 1 + 4 fetches for
 * sixteen multiply-adds. All symmetric: rows are columns.
 */

/** alpha·A·B + beta·D, with a pair (alpha, beta) for every layer. */
export const PRODUCT = `function (A, B, D, alpha, beta) {
  let c0 = 0;
  let c1 = 0;
  let c2 = 0;
  let c3 = 0;
  for (let i = 0; i < this.constants.quads; i++) {
    const a = A[this.thread.z][this.thread.y][i];
    const b0 = B[this.thread.z][4 * i][this.thread.x];
    const b1 = B[this.thread.z][4 * i + 1][this.thread.x];
    const b2 = B[this.thread.z][4 * i + 2][this.thread.x];
    const b3 = B[this.thread.z][4 * i + 3][this.thread.x];
    c0 += a[0] * b0[0] + a[1] * b1[0] + a[2] * b2[0] + a[3] * b3[0];
    c1 += a[0] * b0[1] + a[1] * b1[1] + a[2] * b2[1] + a[3] * b3[1];
    c2 += a[0] * b0[2] + a[1] * b1[2] + a[2] * b2[2] + a[3] * b3[2];
    c3 += a[0] * b0[3] + a[1] * b1[3] + a[2] * b2[3] + a[3] * b3[3];
  }
  const d = D[this.thread.z][this.thread.y][this.thread.x];
  const s = alpha[this.thread.z];
  const t = beta[this.thread.z];
  return [s * c0 + t * d[0], s * c1 + t * d[1], s * c2 + t * d[2], s * c3 + t * d[3]];
}`;

/** alpha·A + beta·B. */
export const COMBINE = `function (A, B, alpha, beta) {
  const a = A[this.thread.z][this.thread.y][this.thread.x];
  const b = B[this.thread.z][this.thread.y][this.thread.x];
  const s = alpha[this.thread.z];
  const t = beta[this.thread.z];
  return [s * a[0] + t * b[0], s * a[1] + t * b[1], s * a[2] + t * b[2], s * a[3] + t * b[3]];
}`;

/** Four neighbours into a texel. */
export const PACK = `function (M) {
  const x = 4 * this.thread.x;
  return [
    M[this.thread.z][this.thread.y][x],
    M[this.thread.z][this.thread.y][x + 1],
    M[this.thread.z][this.thread.y][x + 2],
    M[this.thread.z][this.thread.y][x + 3]
  ];
}`;

/** Entries out of texels. */
export const UNPACK = `function (A) {
  const quad = Math.floor((this.thread.x + 0.5) / 4);
  const a = A[this.thread.z][this.thread.y][quad];
  const part = this.thread.x - 4 * quad;
  if (part < 0.5) {
    return a[0];
  }
  if (part < 1.5) {
    return a[1];
  }
  if (part < 2.5) {
    return a[2];
  }
  return a[3];
}`;

/** Σ of squares of every row; output rows × layers. */
export const ROW_SQUARES = `function (A) {
  let sum = 0;
  for (let i = 0; i < this.constants.quads; i++) {
    const a = A[this.thread.y][this.thread.x][i];
    sum += a[0] * a[0] + a[1] * a[1] + a[2] * a[2] + a[3] * a[3];
  }
  return sum;
}`;
