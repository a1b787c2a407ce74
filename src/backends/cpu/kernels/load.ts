import type { DenseKernels } from "./dense-kernels.ts";
import { typescriptKernels } from "./typescript.ts";

/** Which dense kernels to use; "auto" takes WebAssembly SIMD where the platform has it. */
export type DenseKernelChoice = "auto" | "wasm-simd" | "typescript";

/** Loads the dense kernels. */
export async function loadDenseKernels(choice: DenseKernelChoice = "auto"): Promise<DenseKernels> {
  void choice;
  return typescriptKernels;
}
