/**
 * The script of the worker that a WebSolver starts.
 * @packageDocumentation
 */
import { missingThreads, useThreads } from "../../backends/cpu/kernels/load.ts";
import { chooseBackend, countThreads } from "./choose.ts";
import type { Platform } from "./choose.ts";
import { perform } from "./perform.ts";
import { inspectPlatform } from "./platform.ts";
import { serve } from "./serve.ts";
import type { ServedPort } from "./serve.ts";

serve(globalThis as unknown as ServedPort, {
  prepare: async ({ backend, threads }) => {
    const { platform, count } = await startThreads(await inspectPlatform(), threads);
    const capabilities = chooseBackend(platform, backend, count);
    useThreads(count);
    // "auto" of the solver passes over software and over problems too small for a GPU as the choice here does.
    return { capabilities, perform: (job, hooks) => perform(job, hooks, backend) };
  },
});

/** Starts the kernels' threads; where they are forbidden, one is left, with the reason. */
async function startThreads(platform: Platform, asked?: number): Promise<{ platform: Platform; count: number }> {
  const count = countThreads(platform, asked);
  const noThreads = await missingThreads(count);
  return noThreads === undefined ? { platform, count } : { platform: { ...platform, noThreads }, count: 1 };
}
