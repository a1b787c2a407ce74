import { Gemm, GEMM_SHAPES } from "../../../../src/backends/webgpu/gemm.ts";
import { shapeName } from "../../../../src/backends/webgpu/gemm-source.ts";
import {
  addMirror,
  addPanelProduct,
  PANEL_KERNELS,
  PanelLayout,
  PanelMatrix,
} from "../../../../src/backends/webgpu/psd/panels.ts";
import { TiledProjector } from "../../../../src/backends/webgpu/psd/tiled.ts";
import { relativeError } from "./case.ts";
import type { Bench, Comparison, KernelCase } from "./case.ts";
import { LENGTHS, ORDERS, samples } from "./projection-cases.ts";
import { fromEigen, orthogonal, Random } from "./random.ts";
import { PUBLISHED_ERRORS } from "./spectra.ts";

/** Panels are whole multiples of 64 rows: below that there is one. */
function panelBytes(n: number, panels: number): number {
  const padded = 4 * Math.ceil(n / 4);
  return 4 * padded * 64 * Math.ceil(padded / (panels * 64));
}

/** Ragged last panels: 100 = 64 + 36, 257 → 260 = 128 + 128 + 4. */
const PANELS: Readonly<Record<number, readonly number[]>> = { 64: [1], 100: [2], 257: [3] };

function projectionCase(n: number, panels: number): KernelCase {
  return {
    name: `tiled projection, order ${n}, ${panels} panels`,
    run: async ({ device, dense }) => {
      const gemm = new Gemm(GEMM_SHAPES[n < 128 ? 0 : 1]);
      const blocks = [{ offset: 67, order: n }];
      const projector = await TiledProjector.create(device, blocks, n, gemm, panelBytes(n, panels));
      const count = projector.layout.count;
      const comparisons: Comparison[] = [{ label: "panels", error: Math.abs(count - panels), limit: 0 }];
      const before = Float32Array.from({ length: 67 }, (_, i) => i);
      // The orders between are the polynomial's own; here every schedule is seen once a spectrum at 100.
      const lengths = n === 100 ? LENGTHS : ([10] as const);
      for (const { spectrum, svec, projection } of samples(n, dense)) {
        for (const steps of lengths) {
          const x = await device.upload(Float32Array.from([...before, ...svec, 5]), "x");
          const plan = device.plan();
          projector.add(plan, x, steps);
          device.run(plan);
          const all = await device.readFloats(x, 68 + svec.length);
          device.buffers.release(x);
          const error = relativeError(all.slice(67, -1), projection, svec);
          const limit = 2 * PUBLISHED_ERRORS[steps][spectrum];
          comparisons.push({ label: `${spectrum}, ${steps} steps`, error, limit });
          const moved = relativeError([...all.slice(0, 67), all[all.length - 1]], [...before, 5]);
          comparisons.push({ label: `${spectrum}: entries around`, error: moved, limit: 0 });
        }
      }
      projector.release(device);
      return comparisons;
    },
  };
}

/** A zero block, and two blocks of different orders in one vector. */
async function severalBlocks({ device, dense }: Bench): Promise<Comparison[]> {
  const [a, b] = [samples(130, dense, ["GOE"])[0], samples(97, dense, ["lowRank"])[0]];
  const zero = new Float64Array(a.svec.length);
  const blocks = [
    { offset: 0, order: 130 },
    { offset: a.svec.length, order: 130 },
    { offset: 2 * a.svec.length, order: 97 },
  ];
  const projector = await TiledProjector.create(device, blocks, 130, new Gemm(GEMM_SHAPES[0]), panelBytes(130, 3));
  const x = await device.upload(Float32Array.from([...a.svec, ...zero, ...b.svec]), "x");
  const plan = device.plan();
  projector.add(plan, x, 10);
  device.run(plan);
  const all = await device.readFloats(x);
  device.buffers.release(x);
  projector.release(device);
  const length = a.svec.length;
  return [
    { label: "first", error: relativeError(all.slice(0, length), a.projection, a.svec), limit: 2e-6 },
    { label: "zero", error: relativeError(all.slice(length, 2 * length), zero), limit: 0 },
    { label: "last", error: relativeError(all.slice(2 * length), b.projection, b.svec), limit: 2e-6 },
  ];
}

/** C = 0.5·AB − 2·D for commuting symmetric A, B, by the products of both strategies. */
async function products({ device, dense }: Bench): Promise<Comparison[]> {
  const n = 164;
  const random = new Random(5);
  const Q = orthogonal(n, random, dense);
  const [a, b, d] = [1, 2, 3].map(() => fromEigen(n, random.vector(n), Q, dense));
  await device.compile(PANEL_KERNELS);
  const layout = new PanelLayout(n, panelBytes(n, 3));
  const upload = async (data: Float64Array): Promise<PanelMatrix> => {
    const matrix = await PanelMatrix.allocate(device, layout, "panels");
    matrix.panels.forEach((panel, i) => {
      const first = layout.row(i) * n;
      device.write(panel, Float32Array.from(data.slice(first, first + layout.rows(i) * n)));
    });
    return matrix;
  };
  const [A, B, D, C] = [await upload(a), await upload(b), await upload(d), await upload(new Float64Array(n * n).fill(NaN))];
  const coefficients = await device.upload(new Float32Array([0.5, -2, 0.5, 1]), "coefficients");
  const reference = d.slice();
  const rounded = (M: Float64Array): Float64Array => M.map(Math.fround);
  dense.gemm(false, false, n, n, n, 0.5, rounded(a), rounded(b), -2, reference);
  const comparisons: Comparison[] = [];
  for (const shape of [GEMM_SHAPES[0], GEMM_SHAPES[1], GEMM_SHAPES[3]]) {
    const gemm = new Gemm(shape);
    await device.compile([gemm.kernel]);
    const plan = device.plan();
    const pair = (coefficient: number) => ({ coefficients, coefficient });
    addPanelProduct(plan, gemm, { A, B, C, D, scale: pair(0), next: pair(1) });
    addMirror(plan, C);
    device.run(plan);
    const result: number[] = [];
    for (const [i, panel] of C.panels.entries()) result.push(...(await device.readFloats(panel, layout.rows(i) * n)));
    comparisons.push({ label: shapeName(shape), error: relativeError(result, reference), limit: 1e-6 });
  }
  for (const matrix of [A, B, C, D]) matrix.release(device);
  device.buffers.release(coefficients);
  return comparisons;
}

export const tiledCases: readonly KernelCase[] = [
  { name: "products in panels", run: products },
  ...ORDERS.flatMap((n) => (PANELS[n] ?? []).map((panels) => projectionCase(n, panels))),
  { name: "tiled projection of several blocks", run: severalBlocks },
];
