import type { DenseKernels } from "../../backends/cpu/kernels/dense-kernels.ts";
import type { SparseMatrix } from "../../problem/sparse-matrix.ts";
import type { ConeBlock } from "../cones/cone-block.ts";
import { DenseKkt } from "./dense-kkt.ts";
import type { ReducedKkt } from "./kkt-system.ts";

/** Picks how the linear systems are factored. */
export function chooseKkt(
  P: SparseMatrix | undefined,
  A: SparseMatrix,
  blocks: readonly ConeBlock[],
  kernels: DenseKernels,
): ReducedKkt {
  return new DenseKkt(P, A, blocks, kernels);
}
