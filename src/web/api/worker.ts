/**
 * The script of the worker that a WebSolver starts.
 * @packageDocumentation
 */
import type { BackendChoice } from "../../solver/settings.ts";
import { chooseBackend, countThreads } from "./choose.ts";
import { perform } from "./perform.ts";
import { inspectPlatform } from "./platform.ts";
import { serve } from "./serve.ts";
import type { ServedPort } from "./serve.ts";

serve(globalThis as unknown as ServedPort, {
  prepare: async ({ backend, threads }) => {
    const platform = await inspectPlatform();
    const capabilities = chooseBackend(platform, backend, countThreads(platform, threads));
    // "auto" of the solver already passes over software adapters and problems too small for a GPU.
    const standsForAuto: BackendChoice = backend === "webgpu" || backend === "cpu" ? backend : "auto";
    return { capabilities, perform: (job, hooks) => perform(job, hooks, standsForAuto) };
  },
});
