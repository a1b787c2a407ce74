import { UnsupportedError } from "../../../errors.ts";
import { WasmKernels } from "../wasm/kernels.ts";
import { hasWasmSimd, instantiateKernels } from "../wasm/module.ts";
import type { DenseKernels } from "../../../linear/dense-kernels.ts";
import type { ThreadedKernels } from "../threads/load.ts";
import { typescriptKernels } from "./typescript.ts";

/** Which dense kernels to use; "auto" takes WebAssembly SIMD where the platform has it. */
export type DenseKernelChoice = "auto" | "wasm-simd" | "typescript";

let wasmKernels: Promise<DenseKernels> | undefined;
let usualThreads = 1;

/**
 * Loads the dense kernels. The WebAssembly module is instantiated once and shared: its calls are
 * synchronous and keep nothing between them. With several threads a second module shares its memory with them; where
 * threads cannot be had ({@link missingThreads} says why) the kernels run on the calling one.
 *
 * @param threads the calling one among them. Default: 1, or what {@link useThreads} was told.
 * @throws {@link UnsupportedError} when "wasm-simd" is asked for and the platform lacks it.
 */
export async function loadDenseKernels(
  choice: DenseKernelChoice = "auto",
  threads: number = usualThreads,
): Promise<DenseKernels> {
  if (choice === "typescript") return typescriptKernels;
  if (!hasWasmSimd()) {
    if (choice === "auto") return typescriptKernels;
    throw new UnsupportedError(
      'This platform has no WebAssembly SIMD: choose the kernels "typescript" or "auto".',
    );
  }
  wasmKernels ??= instantiateKernels().then((wasm) => new WasmKernels(wasm));
  const serial = await wasmKernels;
  if (threads <= 1) return serial;
  return (await threaded(threads, serial)).kernels ?? serial;
}

/** Threads of kernels that are loaded without a number from now on: 1 unless somebody asks for more. */
export function useThreads(threads: number): void {
  usualThreads = threads;
}

/** Why kernels on this many threads are not to be had here; undefined when they are. */
export async function missingThreads(threads: number): Promise<string | undefined> {
  if (threads <= 1) return undefined;
  if (!hasWasmSimd()) return "this platform has no WebAssembly SIMD";
  return (await threaded(threads, await loadDenseKernels("wasm-simd", 1))).missing;
}

async function threaded(threads: number, serial: DenseKernels): Promise<ThreadedKernels> {
  const { loadThreadedKernels } = await import("../threads/load.ts");
  return loadThreadedKernels(threads, serial);
}
