/** Body of a thread of the batch engine, bundled into generated/batch-worker.ts by scripts/build-wasm.ts. */
import { nodePort } from "../../../node-worker.ts";
import { typescriptKernels } from "../../../backends/cpu/kernels/typescript.ts";
import { WasmKernels } from "../../../backends/cpu/wasm/kernels.ts";
import { instantiateOwn } from "../../../backends/cpu/wasm/module.ts";
import type { BatchSolver } from "../batch-solver.ts";
import { cpuBatchSolver } from "../cpu-iterations.ts";
import type { ThreadReply, ThreadStart, ThreadTask } from "./protocol.ts";

async function solverOf({ data, accuracy, module }: ThreadStart): Promise<BatchSolver> {
  if (module === undefined) return cpuBatchSolver(data, typescriptKernels, accuracy);
  return cpuBatchSolver(data, new WasmKernels(await instantiateOwn(module)), accuracy);
}

let solver: Promise<BatchSolver> | undefined;

async function receive(message: ThreadStart | ThreadTask, reply: (answer: ThreadReply) => void): Promise<void> {
  if ("data" in message) {
    solver = solverOf(message);
    return;
  }
  const { id, requests, limits } = message;
  try {
    if (solver === undefined) throw new Error("a task came before the problem");
    reply({ id, answers: await (await solver).solve(requests, limits) });
  } catch (error) {
    reply({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

const port = nodePort();
if (port !== undefined) {
  port.on("message", (message: ThreadStart | ThreadTask) => {
    void receive(message, (answer) => port.postMessage(answer));
  });
} else {
  addEventListener("message", (event: MessageEvent<ThreadStart | ThreadTask>) => {
    void receive(event.data, (answer) => postMessage(answer));
  });
}
