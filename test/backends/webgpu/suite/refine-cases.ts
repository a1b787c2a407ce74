import { ConeDerivative } from "../../../../src/backends/webgpu/refine/cone-derivative.ts";
import { projectWithBase } from "../../../../src/backends/webgpu/refine/cone-base.ts";
import { GEMM_SHAPES } from "../../../../src/backends/webgpu/gemm.ts";
import { coneOffsets } from "../../../../src/problem/cones.ts";
import type { Cone } from "../../../../src/problem/cones.ts";
import { relativeError } from "./case.ts";
import type { Bench, Comparison, KernelCase } from "./case.ts";
import { Random } from "./random.ts";

const CONES: readonly Cone[] = [
  { kind: "zero", dim: 3 },
  { kind: "nonnegative", dim: 70 },
  { kind: "secondOrder", dim: 1 },
  { kind: "secondOrder", dim: 5 },
  { kind: "secondOrder", dim: 200 },
  { kind: "secondOrder", dim: 4 },
  { kind: "psd", order: 1 },
  { kind: "psd", order: 6 },
  { kind: "psd", order: 7 },
  { kind: "psd", order: 40 },
];
const TUNING = { small: GEMM_SHAPES[0], large: GEMM_SHAPES[0], largeFrom: Infinity, jacobiUpTo: 0 };
/** Of derivatives in f32; that of a projection has norm at most 1. */
const LIMIT = 1e-6;

/** The derivative at a random point against central differences of the f64 projection, one label for each cone. */
async function derivative({ device, dense }: Bench): Promise<Comparison[]> {
  const random = new Random(17);
  const offsets = coneOffsets(CONES);
  const m = offsets[CONES.length];
  const a = random.vector(m);
  // Heads that put the second-order cones of dimension 5, 200 and 4 inside, on the boundary's side, and in the polar.
  a[offsets[3]] = 10;
  a[offsets[5]] = -10;
  const d = random.vector(m);
  const h = 1e-6;
  const moved = (sign: number): Float64Array => {
    const s = a.map((value, i) => value + sign * h * d[i]);
    projectWithBase(CONES, s, dense);
    return s;
  };
  const [up, down] = [moved(1), moved(-1)];
  const expected = up.map((value, i) => (value - down[i]) / (2 * h));
  const blocks = projectWithBase(CONES, a.slice(), dense);
  const result = await apply({ device, dense }, { slack: a, blocks }, 1e-9, d);
  return CONES.map((cone, k) => ({
    label: `${cone.kind} ${offsets[k + 1] - offsets[k]}`,
    error: relativeError(
      result.slice(offsets[k], offsets[k + 1]),
      expected.slice(offsets[k], offsets[k + 1]),
      d.slice(offsets[k], offsets[k + 1]),
    ),
    limit: LIMIT,
  }));
}

/** Rows as near to zero as the direction is long, and far from it: max(0, a + εd) − max(0, a), over ε. */
async function kinks({ device, dense }: Bench): Promise<Comparison[]> {
  const random = new Random(18);
  const m = 200;
  const epsilon = 1e-9;
  const a = random.vector(m).map((value, i) => value * 10 ** ((i % 12) - 14));
  const d = random.vector(m);
  const cones: readonly Cone[] = [{ kind: "nonnegative", dim: m }];
  const expected = a.map((value, i) => {
    const base = value / epsilon;
    return base >= 0 ? Math.max(d[i], -base) : Math.max(0, base + d[i]);
  });
  const result = await apply({ device, dense }, { slack: a, blocks: [] }, epsilon, d, cones);
  return [{ label: "rows", error: relativeError(result, expected), limit: 2e-7 }];
}

async function apply(
  { device }: Bench,
  base: Parameters<ConeDerivative["setBase"]>[0],
  epsilon: number,
  direction: Float64Array,
  cones = CONES,
): Promise<Float32Array> {
  const derivativeOf = await ConeDerivative.create(device, cones, TUNING);
  const D = await device.upload(Float32Array.from(direction), "direction");
  derivativeOf.setBase(base, epsilon);
  const plan = device.plan();
  derivativeOf.add(plan, D);
  device.run(plan);
  const result = await device.readFloats(D, direction.length);
  device.buffers.release(D);
  derivativeOf.release();
  return result;
}

export const refineCases: readonly KernelCase[] = [
  { name: "derivatives of projections", run: derivative },
  { name: "differences of projections at kinks", run: kinks },
];
