import { nodeWorker } from "../../../../node-worker.ts";
import type { WorkerStart } from "./worker.ts";

/** A running worker, in Node or a browser. */
export interface Thread {
  end(): void;
}

/** Starts a thread from the embedded bundle. It does not keep a Node process alive. */
export async function spawnThread(start: WorkerStart): Promise<Thread> {
  const { psdWorkerSource } = await import("./generated/psd-worker.ts");
  const NodeWorker = nodeWorker();
  if (NodeWorker !== undefined) {
    const worker = new NodeWorker(psdWorkerSource, { eval: true });
    await new Promise<void>((resolve, reject) => {
      worker.once("online", resolve);
      worker.once("error", reject);
    });
    worker.postMessage(start);
    worker.unref();
    return { end: () => void worker.terminate() };
  }
  const address = URL.createObjectURL(new Blob([psdWorkerSource], { type: "text/javascript" }));
  const worker = new Worker(address);
  worker.postMessage(start);
  return {
    end: () => {
      worker.terminate();
      URL.revokeObjectURL(address);
    },
  };
}
