import { UnsupportedError } from "../../../errors.ts";
import { WasmKernels } from "../wasm/kernels.ts";
import { hasWasmSimd, instantiateKernels } from "../wasm/module.ts";
import type { DenseKernels } from "../../../linear/dense-kernels.ts";
import { typescriptKernels } from "./typescript.ts";

/** Which dense kernels to use; "auto" takes WebAssembly SIMD where the platform has it. */
export type DenseKernelChoice = "auto" | "wasm-simd" | "typescript";

let wasmKernels: Promise<DenseKernels> | undefined;

/**
 * Loads the dense kernels. The WebAssembly module is instantiated once and shared: its calls are
 * synchronous and keep nothing between them.
 *
 * @throws {@link UnsupportedError} when "wasm-simd" is asked for and the platform lacks it.
 */
export async function loadDenseKernels(choice: DenseKernelChoice = "auto"): Promise<DenseKernels> {
  if (choice === "typescript") return typescriptKernels;
  if (!hasWasmSimd()) {
    if (choice === "auto") return typescriptKernels;
    throw new UnsupportedError(
      'This platform has no WebAssembly SIMD: choose the kernels "typescript" or "auto".',
    );
  }
  wasmKernels ??= instantiateKernels().then((wasm) => new WasmKernels(wasm));
  return wasmKernels;
}
