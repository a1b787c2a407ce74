import type { DenseKernels } from "../../../linear/dense-kernels.ts";
import { WasmKernels } from "../wasm/kernels.ts";
import { compileSharedKernels } from "../wasm/module.ts";
import { KernelPool } from "./pool.ts";
import { threadedExports } from "./threaded-exports.ts";

/** Kernels on several threads, or why there are none. */
export type ThreadedKernels =
  | { readonly kernels: DenseKernels; readonly missing?: undefined }
  | { readonly kernels?: undefined; readonly missing: string };

const started = new Map<number, Promise<ThreadedKernels>>();

/**
 * Dense kernels on this many threads (at least 2), the calling one among them; started once and shared.
 * @param serial the kernels for the calling thread alone.
 */
export function loadThreadedKernels(threads: number, serial: DenseKernels): Promise<ThreadedKernels> {
  let known = started.get(threads);
  if (known === undefined) {
    known = start(threads, serial);
    started.set(threads, known);
  }
  return known;
}

async function start(threads: number, serial: DenseKernels): Promise<ThreadedKernels> {
  if (typeof SharedArrayBuffer !== "function") {
    return { missing: "shared memory needs a cross-origin isolated page (headers COOP and COEP)" };
  }
  try {
    const pool = await KernelPool.start(await compileSharedKernels(), threads - 1);
    return { kernels: new WasmKernels(threadedExports(pool), pool.threads, serial) };
  } catch (error) {
    return { missing: `threads do not start here: ${error instanceof Error ? error.message : String(error)}` };
  }
}
