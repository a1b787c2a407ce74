import type { DenseKernels } from "../../linear/dense-kernels.ts";
import type { SparseMatrix } from "../../problem/sparse-matrix.ts";
import type { ConeBlock } from "../cones/cone-block.ts";
import { PsdBlock } from "../cones/psd.ts";
import { ZeroBlock } from "../cones/zero.ts";
import { DenseKkt } from "./dense-kkt.ts";
import type { ReducedKkt } from "./kkt-system.ts";
import { SparseKkt } from "./sparse-kkt.ts";

/** Share of nonzeros from which the Schur complement of PSD blocks is treated as a full matrix. */
const DENSE_SHARE = 0.3;
/** Up to this order a full matrix costs little. */
const SMALL = 300;

/** Picks how the linear systems are factored. */
export function chooseKkt(
  P: SparseMatrix | undefined,
  A: SparseMatrix,
  blocks: readonly ConeBlock[],
  kernels: DenseKernels,
): ReducedKkt {
  const psd = blocks.filter((block) => block instanceof PsdBlock);
  const hasZero = blocks.some((block) => block instanceof ZeroBlock);
  return prefersDense(A, psd, hasZero)
    ? new DenseKkt(P, A, blocks, kernels)
    : new SparseKkt(P, A, blocks, kernels);
}

/**
 * Whether the normal equations are formed in full: no equality rows, every column in a cone, most entries
 * filled.
 */
export function prefersDense(
  A: SparseMatrix,
  psd: readonly { readonly offset: number; readonly dim: number }[],
  hasZero: boolean,
): boolean {
  return !hasZero && psd.length > 0 && everyColumnSeen(A) && schurShare(A, psd) >= DENSE_SHARE;
}

function everyColumnSeen(A: SparseMatrix): boolean {
  for (let j = 0; j < A.cols; j++) if (A.colPtr[j + 1] === A.colPtr[j]) return false;
  return true;
}

/**
 * Estimated density of Σ A_bᵀH⁻¹A_b over the PSD blocks, each of which couples all columns it contains: an
 * upper bound where the matrix is small, a lower bound where treating a sparse one as full would hurt.
 */
function schurShare(
  A: SparseMatrix,
  psd: readonly { readonly offset: number; readonly dim: number }[],
): number {
  const last = new Int32Array(psd.length).fill(-1);
  const count = new Float64Array(psd.length);
  const ends = psd.map((block) => block.offset + block.dim);
  for (let j = 0; j < A.cols; j++) {
    let at = 0;
    for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) {
      const row = A.rowIdx[k];
      while (at < psd.length && row >= ends[at]) at++;
      if (at === psd.length) break;
      if (row >= psd[at].offset && last[at] !== j) {
        last[at] = j;
        count[at]++;
      }
    }
  }
  let sum = 0;
  let largest = 0;
  for (const k of count) {
    sum += k * k;
    largest = Math.max(largest, k * k);
  }
  return (A.cols <= SMALL ? sum : largest) / (A.cols * A.cols);
}
