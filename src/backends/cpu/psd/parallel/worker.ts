/** Body of a projection thread, bundled into generated/psd-worker.ts by scripts/build-wasm.ts. */
import { nodePort } from "../../../../node-worker.ts";
import { WasmKernels } from "../../wasm/kernels.ts";
import { instantiateOwn } from "../../wasm/module.ts";
import { PsdProjector } from "../project.ts";
import type { SharedBlocks } from "./shared-blocks.ts";
import { GENERATION, takeBlocks } from "./shared-blocks.ts";

/** First and only message to the thread. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly shared: SharedBlocks;
}

async function run({ module, shared }: WorkerStart): Promise<never> {
  const kernels = new WasmKernels(await instantiateOwn(module));
  const projector = new PsdProjector(kernels, shared.orders, { warmStart: "never" });
  const control = new Int32Array(shared.control);
  for (;;) {
    const generation = Atomics.load(control, GENERATION);
    takeBlocks(shared, (data, start, order, block) => {
      projector.project(data, start, order, data, start, block);
      return projector.ranks[block];
    });
    Atomics.wait(control, GENERATION, generation);
  }
}

const port = nodePort();
if (port !== undefined) port.once("message", (start: WorkerStart) => void run(start));
else addEventListener("message", (event: MessageEvent<WorkerStart>) => void run(event.data), { once: true });
