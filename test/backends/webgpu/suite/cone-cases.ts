import { projectBox, projectDualBox } from "../../../../src/backends/cpu/cones/box.ts";
import { projectSecondOrder } from "../../../../src/backends/cpu/cones/second-order.ts";
import {
  addSeparable,
  BoxProjector,
  CONE_KERNELS,
  RowCode,
  SecondOrderProjector,
} from "../../../../src/backends/webgpu/kernels/cones.ts";
import { relativeError } from "./case.ts";
import type { Bench, Comparison, KernelCase } from "./case.ts";
import { Random } from "./random.ts";

async function separable({ device }: Bench): Promise<Comparison[]> {
  const x = new Random(1).vector(300);
  const codes = Uint32Array.from({ length: 290 }, (_, i) => i % 3);
  await device.compile(CONE_KERNELS);
  const X = await device.upload(Float32Array.from(x), "x");
  const plan = device.plan();
  addSeparable(plan, X, await device.upload(codes, "codes"), 10, 290);
  device.run(plan);
  const expected = x.map((value, i) => {
    const code = i < 10 ? RowCode.leave : codes[i - 10];
    return code === RowCode.zero ? 0 : code === RowCode.nonnegative ? Math.max(value, 0) : value;
  });
  return [{ label: "rows", error: relativeError(await device.readFloats(X, 300), expected), limit: 0 }];
}

async function secondOrder({ device }: Bench): Promise<Comparison[]> {
  const random = new Random(2);
  const dims = [1, 2, 3, 3, 3, 32, 33, 100, 1000, 3, 40];
  const cones: { offset: number; dim: number }[] = [];
  let length = 2;
  for (const dim of dims) {
    cones.push({ offset: length, dim });
    length += dim;
  }
  const comparisons: Comparison[] = [];
  for (const scale of [1e-18, 1, 1e18]) {
    for (const head of [-5, 0.5, 100]) {
      const x = random.vector(length);
      for (const { offset } of cones) x[offset] *= head;
      const data = x.map((value) => Math.fround(value * scale));
      const expected = data.slice();
      for (const { offset, dim } of cones) projectSecondOrder(expected, offset, { kind: "secondOrder", dim });
      const projector = await SecondOrderProjector.create(device, cones);
      const X = await device.upload(Float32Array.from(data), "x");
      const plan = device.plan();
      projector.add(plan, X);
      device.run(plan);
      const error = relativeError(await device.readFloats(X, length), expected, data);
      comparisons.push({ label: `scale ${scale}, head ${head}`, error, limit: 5e-7 });
      device.buffers.release(X);
      projector.release(device);
    }
  }
  return comparisons;
}

async function box({ device }: Bench): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const weighted of [false, true]) {
    const random = new Random(weighted ? 11 : 12);
    const dims = [1, 2, 5, 80, 300];
    const length = dims.reduce((sum, dim) => sum + dim, 1);
    const bounds = new Float64Array(2 * length);
    const weights = Float64Array.from({ length }, () => (weighted ? Math.fround(0.1 + random.uniform()) : 1));
    for (let i = 0; i < length; i++) {
      const kind = random.integer(6);
      const width = random.uniform();
      bounds[2 * i] = kind === 0 ? -Infinity : Math.fround(-width);
      bounds[2 * i + 1] = kind === 1 ? Infinity : kind === 2 ? 0 : Math.fround(random.uniform());
    }
    let offset = 1;
    const cones = dims.map((dim) => ({ offset: (offset += dim) - dim, dim }));
    const projector = await BoxProjector.create(device, cones, bounds, weights);
    for (const head of [-30, -1, 0.3, 4, 50]) {
      for (const dual of weighted ? [false] : [false, true]) {
        const x = random.vector(length);
        for (const cone of cones) x[cone.offset] = Math.fround(head * random.uniform());
        const expected = x.slice();
        for (const cone of cones) {
          const rows = (side: number): Float64Array =>
            Float64Array.from({ length: cone.dim - 1 }, (_, i) => bounds[2 * (cone.offset + 1 + i) + side]);
          const data = { kind: "box", lower: rows(0), upper: rows(1) } as const;
          if (dual) projectDualBox(expected, cone.offset, data);
          else projectBox(expected, cone.offset, data, weights);
        }
        const X = await device.upload(Float32Array.from(x), "x");
        const plan = device.plan();
        projector.add(plan, X, dual);
        device.run(plan);
        const error = relativeError(await device.readFloats(X, length), expected, x);
        comparisons.push({ label: `head ${head}${dual ? ", dual" : ""}`, error, limit: 2e-6 });
        device.buffers.release(X);
      }
    }
    projector.release(device);
  }
  return comparisons;
}

export const coneCases: readonly KernelCase[] = [
  { name: "zero and nonnegative rows", run: separable },
  { name: "second-order cones", run: secondOrder },
  { name: "box cones", run: box },
];
