import { nodeWorker } from "../../../node-worker.ts";
import type { ThreadStart } from "./protocol.ts";

/** A running kernel thread, in Node or a browser. */
export interface KernelThread {
  end(): void;
}

/** Milliseconds within which a thread has to start. */
const PATIENCE = 10_000;

/**
 * Starts a thread from the embedded bundle and waits until it can work. It does not keep a Node process alive.
 * @throws Error when threads are forbidden (a content security policy) or do not start.
 */
export async function spawnKernelThread(start: ThreadStart): Promise<KernelThread> {
  const { kernelWorkerSource } = await import("./generated/kernel-worker.ts");
  const NodeWorker = nodeWorker();
  if (NodeWorker !== undefined) {
    const worker = new NodeWorker(kernelWorkerSource, { eval: true });
    await inTime((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.postMessage(start);
    });
    worker.unref();
    return { end: () => void worker.terminate() };
  }
  const address = URL.createObjectURL(new Blob([kernelWorkerSource], { type: "text/javascript" }));
  const worker = new Worker(address);
  try {
    await inTime((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = (event) => reject(new Error(event.message || "the thread could not be loaded"));
      worker.postMessage(start);
    });
  } catch (error) {
    worker.terminate();
    throw error;
  } finally {
    URL.revokeObjectURL(address);
  }
  return { end: () => worker.terminate() };
}

function inTime(body: (resolve: () => void, reject: (error: Error) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the thread did not start in time")), PATIENCE);
    const settle = (done: () => void) => (): void => {
      clearTimeout(timer);
      done();
    };
    body(settle(resolve), (error) => settle(() => reject(error))());
  });
}
