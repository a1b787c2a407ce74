import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import type { ConeBlock } from "./cones/cone-block.ts";
import { normInf } from "./vector.ts";

/**
 * Scaled data P̂ = (ρ/σ)·EPE, Â = DAE, ĉ = ρ·Ec, b̂ = σ·Db with x = Ex̂/σ, s = D⁻¹ŝ/σ, y = Dŷ/ρ. D is
 * constant on cones that are not products of half-lines.
 */
export interface Equilibrated {
  /** Upper triangle, or undefined for a linear objective. */
  readonly P: SparseMatrix | undefined;
  readonly A: SparseMatrix;
  readonly c: Float64Array;
  readonly b: Float64Array;
  readonly D: Float64Array;
  readonly E: Float64Array;
  readonly sigma: number;
  readonly rho: number;
}

const PASSES = 15;
const MIN_SCALE = 1e-6;
const MAX_SCALE = 1e6;

/**
 * Ruiz's simultaneous ∞-norm equilibration of [[P, Aᵀ], [A, 0]] (Ruiz 2001). `separable` marks rows free to
 * scale.
 */
export function equilibrate(
  P: SparseMatrix | undefined,
  A: SparseMatrix,
  c: Float64Array,
  b: Float64Array,
  blocks: readonly ConeBlock[],
  isSeparable: (block: ConeBlock) => boolean,
): Equilibrated {
  const m = A.rows;
  const n = A.cols;
  const D = new Float64Array(m).fill(1);
  const E = new Float64Array(n).fill(1);
  const rowNorm = new Float64Array(m);
  const colNorm = new Float64Array(n);
  for (let pass = 0; pass < PASSES; pass++) {
    rowNorm.fill(0);
    colNorm.fill(0);
    for (let j = 0; j < n; j++) {
      for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) {
        const i = A.rowIdx[k];
        const v = Math.abs(A.values[k]) * D[i] * E[j];
        if (v > rowNorm[i]) rowNorm[i] = v;
        if (v > colNorm[j]) colNorm[j] = v;
      }
      if (P === undefined) continue;
      for (let k = P.colPtr[j]; k < P.colPtr[j + 1]; k++) {
        const i = P.rowIdx[k];
        if (i > j) continue;
        const v = Math.abs(P.values[k]) * E[i] * E[j];
        if (v > colNorm[i]) colNorm[i] = v;
        if (v > colNorm[j]) colNorm[j] = v;
      }
    }
    for (const block of blocks) {
      if (isSeparable(block)) continue;
      let max = 0;
      for (let i = block.offset; i < block.offset + block.dim; i++) max = Math.max(max, rowNorm[i]);
      rowNorm.fill(max, block.offset, block.offset + block.dim);
    }
    for (let i = 0; i < m; i++) if (rowNorm[i] > 0) D[i] = clamp(D[i] / Math.sqrt(rowNorm[i]));
    for (let j = 0; j < n; j++) if (colNorm[j] > 0) E[j] = clamp(E[j] / Math.sqrt(colNorm[j]));
  }
  const bHat = b.map((v, i) => v * D[i]);
  const cHat = c.map((v, j) => v * E[j]);
  const sigma = 1 / (normInf(bHat) || 1);
  const rho = 1 / (normInf(cHat) || 1);
  for (let i = 0; i < m; i++) bHat[i] *= sigma;
  for (let j = 0; j < n; j++) cHat[j] *= rho;
  const aValues = A.values.slice();
  for (let j = 0; j < n; j++) {
    for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) aValues[k] *= D[A.rowIdx[k]] * E[j];
  }
  return {
    P: P && scaleUpper(P, E, rho / sigma),
    A: { ...A, values: aValues },
    c: cHat,
    b: bHat,
    D,
    E,
    sigma,
    rho,
  };
}

function clamp(v: number): number {
  return Math.min(Math.max(v, MIN_SCALE), MAX_SCALE);
}

/** factor · EPE, upper triangle only. */
function scaleUpper(P: SparseMatrix, E: Float64Array, factor: number): SparseMatrix {
  const colPtr = new Int32Array(P.cols + 1);
  const rowIdx: number[] = [];
  const values: number[] = [];
  for (let j = 0; j < P.cols; j++) {
    for (let k = P.colPtr[j]; k < P.colPtr[j + 1]; k++) {
      const i = P.rowIdx[k];
      if (i > j) continue;
      rowIdx.push(i);
      values.push(P.values[k] * E[i] * E[j] * factor);
    }
    colPtr[j + 1] = rowIdx.length;
  }
  return {
    rows: P.rows,
    cols: P.cols,
    colPtr,
    rowIdx: Int32Array.from(rowIdx),
    values: Float64Array.from(values),
  };
}
