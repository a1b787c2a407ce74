import { cpuBench } from "./cpu-kernels.ts";
import type { BenchmarkBackend, BenchmarkResult, KernelReply, KernelRequest } from "./types.ts";
import { webglBench } from "./webgl-kernels.ts";
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
  const { name, measure } = await open(backend, threads);
  port.postMessage({ kind: "device", name });
  for (const item of items) {
    const result: BenchmarkResult = await measure(item).catch((error: unknown) => ({ ...item, backend, reason: messageOf(error) }));
    port.postMessage({ kind: "result", result });
  }
  port.postMessage({ kind: "done" });
}

function open(backend: BenchmarkBackend, threads: number): ReturnType<typeof cpuBench> {
  switch (backend) {
    case "cpu":
      return cpuBench(threads);
    case "webgpu":
      return webgpuBench();
    case "webgl":
      return webglBench();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
