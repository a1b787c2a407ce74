import { cpuBench } from "./cpu-kernels.ts";
import type { BenchmarkResult, KernelReply, KernelRequest } from "./types.ts";
import { webgpuBench } from "./webgpu-kernels.ts";

/** Measures kernels away from the page's thread. */
const port = globalThis as unknown as {
  onmessage: ((event: MessageEvent<KernelRequest>) => void) | null;
  postMessage(reply: KernelReply): void;
};

port.onmessage = ({ data }) => {
  measureAll(data).catch((error: unknown) => port.postMessage({ kind: "failed", message: messageOf(error) }));
};

async function measureAll({ backend, threads, items }: KernelRequest): Promise<void> {
  const { name, measure } = backend === "cpu" ? await cpuBench(threads) : await webgpuBench();
  port.postMessage({ kind: "device", name });
  for (const item of items) {
    const result: BenchmarkResult = await measure(item).catch((error: unknown) => ({ ...item, backend, reason: messageOf(error) }));
    port.postMessage({ kind: "result", result });
  }
  port.postMessage({ kind: "done" });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
