/** Matrix products in a browser: gpu.js as its documentation shows it, ours through gpu.js, WebAssembly. */
import type { IKernelRunShortcut } from "gpu.js";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { GlDevice } from "../../src/backends/webgl/gpu-js.ts";
import { BatchedProducts } from "../../src/backends/webgl/polynomial.ts";

/** Milliseconds of one product of order n, the result read back. */
export interface ProductTimes {
  readonly n: number;
  readonly gpuJs: number;
  readonly webGl: number;
  readonly wasm: number;
  readonly wasmThreads: number | undefined;
}

const PLAIN = `function (a, b) {
  let sum = 0;
  for (let i = 0; i < this.constants.size; i++) {
    sum += a[this.thread.y][i] * b[i][this.thread.x];
  }
  return sum;
}`;

let device: GlDevice | undefined;

async function open(): Promise<string> {
  device = await GlDevice.open();
  return device.renderer;
}

function best(run: () => void): number {
  run();
  let least = Infinity;
  for (let k = 0; k < 5; k++) {
    const began = performance.now();
    run();
    least = Math.min(least, performance.now() - began);
  }
  return least;
}

async function measure(n: number): Promise<ProductTimes> {
  if (!device) throw new Error("open() comes first");
  const rows = Array.from({ length: n }, (_, i) => Float32Array.from({ length: n }, (__, j) => Math.sin(i * j + i + j)));
  const flat = Float64Array.from({ length: n * n }, (_, k) => rows[Math.floor(k / n)][k % n]);
  const plain: IKernelRunShortcut = device.kernel(PLAIN, { output: [n, n], constants: { size: n } });
  const gpuJs = best(() => void plain(rows as unknown as number[][], rows as unknown as number[][]));
  const products = new BatchedProducts(device, n, 1);
  const square = products.product();
  const [one, zero] = [Float32Array.of(1), Float32Array.of(0)];
  const webGl = best(() => {
    const A = products.upload([rows]);
    products.download(square(A, A, A, one, zero));
  });
  const C = new Float64Array(n * n);
  const serial = await loadDenseKernels("auto", 1);
  const wasm = best(() => serial.gemm(false, false, n, n, n, 1, flat, flat, 0, C));
  const threaded = await loadDenseKernels("auto", Math.min(4, navigator.hardwareConcurrency));
  const several = (threaded.threads ?? 1) > 1;
  const wasmThreads = several ? best(() => threaded.gemm(false, false, n, n, n, 1, flat, flat, 0, C)) : undefined;
  plain.destroy();
  products.release();
  return { n, gpuJs, webGl, wasm, wasmThreads };
}

const productPage = { open, measure };
export type ProductPage = typeof productPage;
Object.assign(globalThis, { productPage });
