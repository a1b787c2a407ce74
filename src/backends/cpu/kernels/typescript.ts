import type { DenseKernels } from "../../../linear/dense-kernels.ts";
import { chebyshevFilter } from "./chebyshev.ts";
import { SymmetricEigen } from "./eigen/symmetric-eigen.ts";
import { cholesky, invertLower, ldl, solveLowerBlock } from "./typescript/factor.ts";
import { gemmBlock, syrk } from "./typescript/gemm.ts";
import { TypescriptHeap } from "./typescript/heap.ts";

const heap = new TypescriptHeap();
const eigen = new SymmetricEigen(heap);

/** Plain TypeScript kernels: no WebAssembly needed, a few times slower at large orders. */
export const typescriptKernels: DenseKernels = {
  name: "typescript",
  gemm(transA, transB, m, n, k, alpha, A, B, beta, C) {
    gemmBlock(transA, transB, m, n, k, alpha, A, 0, transA ? k : m, B, 0, transB ? n : k, beta, C, 0, m);
  },
  syrk,
  eigSymmetric(n, A, values, vectors) {
    eigen.pairs(n, A, values, vectors, "all");
  },
  eigenvalues(n, A, values) {
    eigen.values(n, A, values);
  },
  eigSmallerSide(n, A, values, vectors) {
    return eigen.pairs(n, A, values, vectors, "smaller side");
  },
  cholesky,
  ldl,
  solveLower(trans, unit, n, k, L, B) {
    solveLowerBlock(trans, unit, n, k, L, 0, n, B, 0, n);
  },
  invertLower,
  chebyshevFilter(n, k, A, lower, upper, degree, V) {
    chebyshevFilter(heap, n, k, A, lower, upper, degree, V);
  },
};
