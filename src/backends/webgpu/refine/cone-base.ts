import type { DenseKernels } from "../../../linear/dense-kernels.ts";
import { coneOffsets } from "../../../problem/cones.ts";
import type { Cone } from "../../../problem/cones.ts";
import { matrixToSvec, svecToMatrix } from "../../../problem/svec.ts";
import { ConeSet } from "../../cpu/cones/cone-set.ts";

/** A semidefinite block's eigendecomposition at the point. */
export interface BlockBase {
  readonly order: number;
  /** First row of its svec. */
  readonly offset: number;
  /** Ascending eigenvalues, and eigenvectors as columns (column-major). */
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** What the derivative of a projection is made of: the point before it, and the blocks' eigendecompositions there. */
export interface ConeBase {
  /** m rows, equilibrated. */
  readonly slack: Float64Array;
  readonly blocks: readonly BlockBase[];
}

/** Projects s in place in f64 and keeps the eigendecompositions. */
export function projectWithBase(cones: readonly Cone[], s: Float64Array, kernels: DenseKernels): BlockBase[] {
  const offsets = coneOffsets(cones);
  const blocks = cones.flatMap((cone, k) =>
    cone.kind === "psd" && cone.order > 0 ? [decompose(s, offsets[k], cone.order, kernels)] : [],
  );
  // The blocks are written by then; the set has the other cones.
  for (const block of blocks) writePositivePart(block, s, kernels);
  new ConeSet(cones, () => undefined).project(s);
  return blocks;
}

function decompose(s: Float64Array, offset: number, order: number, kernels: DenseKernels): BlockBase {
  const matrix = new Float64Array(order * order);
  const vectors = new Float64Array(order * order);
  const values = new Float64Array(order);
  svecToMatrix(s, offset, order, matrix);
  kernels.eigSymmetric(order, matrix, values, vectors);
  return { order, offset, values, vectors };
}

/** s ← Σ λ_j q_j q_jᵀ over λ_j > 0, or what is left of s without the others where those are fewer. */
function writePositivePart({ order: n, offset, values, vectors }: BlockBase, s: Float64Array, kernels: DenseKernels): void {
  let first = 0;
  while (first < n && !(values[first] > 0)) first++;
  const few = n - first <= first;
  const [from, to] = few ? [first, n] : [0, first];
  const roots = vectors.slice(from * n, to * n);
  for (let j = from; j < to; j++) {
    const root = Math.sqrt(Math.abs(values[j]));
    for (let i = 0; i < n; i++) roots[(j - from) * n + i] *= root;
  }
  const part = new Float64Array(n * n);
  if (to > from) kernels.syrk(false, n, to - from, 1, roots, 0, part);
  if (few) {
    matrixToSvec(part, n, s, offset);
    return;
  }
  const packed = new Float64Array((n * (n + 1)) / 2);
  matrixToSvec(part, n, packed, 0);
  for (let i = 0; i < packed.length; i++) s[offset + i] += packed[i];
}
