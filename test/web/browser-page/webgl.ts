/** What the WebGL tests call in their page, in the page's own thread. */
import { createConeSet } from "../../../src/backends/cpu/create-cone-set.ts";
import { loadDenseKernels } from "../../../src/backends/cpu/kernels/load.ts";
import { GlDevice } from "../../../src/backends/webgl/gpu-js.ts";
import { BatchedProducts } from "../../../src/backends/webgl/polynomial.ts";
import { WebGlCones } from "../../../src/backends/webgl/projector.ts";
import { measureCrossover } from "../../../src/backends/webgl/tune.ts";
import { svecLength } from "../../../src/problem/svec.ts";
import { randomNumbers } from "../problems.ts";

export interface ProductReport {
  /** Largest error over the largest entry. */
  readonly error: number;
  readonly milliseconds: number;
}

let device: GlDevice | undefined;

async function open(): Promise<string> {
  device = await GlDevice.open();
  return device.renderer;
}

function opened(): GlDevice {
  if (!device) throw new Error("open() comes first");
  return device;
}

/** A symmetric product of this order against f64, and its time with the download of one number per row. */
function multiply(order: number, layers: number, repetitions = 1): ProductReport {
  const random = randomNumbers(order + layers);
  const matrices = Array.from({ length: layers }, () => {
    const rows = Array.from({ length: order }, () => new Float32Array(order));
    for (let j = 0; j < order; j++) for (let i = j; i < order; i++) rows[i][j] = rows[j][i] = random() - 0.5;
    return rows;
  });
  const products = new BatchedProducts(opened(), order, layers);
  const A = products.upload(matrices);
  const square = products.product();
  const one = new Float32Array(layers).fill(1);
  const zero = new Float32Array(layers);
  const C = products.download(square(A, A, A, one, zero));
  let error = 0;
  let largest = 0;
  for (let l = 0; l < layers; l++) {
    for (let i = 0; i < order; i += 7) {
      for (let j = 0; j < order; j += 5) {
        let sum = 0;
        for (let k = 0; k < order; k++) sum += matrices[l][i][k] * matrices[l][k][j];
        error = Math.max(error, Math.abs(C[l][i][j] - sum));
        largest = Math.max(largest, Math.abs(sum));
      }
    }
  }
  const began = performance.now();
  for (let k = 0; k < repetitions; k++) square(A, A, A, one, zero);
  products.squares(square(A, A, A, one, zero));
  const milliseconds = (performance.now() - began) / (repetitions + 1);
  products.release();
  return { error: error / largest, milliseconds };
}

/** Relative error of the projection of blocks of these orders against f64. */
async function project(orders: readonly number[]): Promise<number> {
  const kernels = await loadDenseKernels();
  const cones = orders.map((order) => ({ kind: "psd", order }) as const);
  const random = randomNumbers(orders.length);
  const length = orders.reduce((sum, order) => sum + svecLength(order), 0);
  const point = Float64Array.from({ length }, () => random() - 0.5);
  const projector = new WebGlCones(opened(), cones, kernels, 32);
  const exact = point.slice();
  createConeSet(cones, kernels).project(exact);
  let v = point.slice();
  for (let call = 0; call < 2; call++) projector.project((v = point.slice()));
  if (projector.fault !== undefined) throw new Error(projector.fault);
  projector.dispose();
  let [error, size] = [0, 0];
  for (let i = 0; i < length; i++) {
    error += (v[i] - exact[i]) ** 2;
    size += exact[i] ** 2;
  }
  return Math.sqrt(error / size);
}

/** The context is taken away between two projections; the second must be right all the same. */
async function projectThroughLoss(): Promise<{ readonly error: number; readonly fault: string | undefined }> {
  const lossy = await GlDevice.open();
  const kernels = await loadDenseKernels();
  const cones = [{ kind: "psd", order: 40 }] as const;
  const random = randomNumbers(9);
  const point = Float64Array.from({ length: svecLength(40) }, () => random() - 0.5);
  const projector = new WebGlCones(lossy, cones, kernels, 32);
  projector.project(point.slice());
  lossy.destroy();
  const [v, exact] = [point.slice(), point.slice()];
  projector.project(v);
  createConeSet(cones, kernels).project(exact);
  return { error: Math.max(...v.map((value, i) => Math.abs(value - exact[i]))), fault: projector.fault };
}

async function threshold(): Promise<number> {
  return measureCrossover(opened(), await loadDenseKernels());
}

const webGlPage = { open, multiply, project, projectThroughLoss, threshold };
export type WebGlPage = typeof webGlPage;
Object.assign(globalThis, { webGlPage });
