import type { Device } from "../../src/backends/webgpu/device.ts";
import { DeviceMemoryError } from "../../src/backends/webgpu/errors.ts";
import { Gemm, GEMM_SHAPES } from "../../src/backends/webgpu/gemm.ts";
import { shapeName } from "../../src/backends/webgpu/gemm-source.ts";
import type { GemmShape } from "../../src/backends/webgpu/gemm-source.ts";
import { renderTable } from "../../src/report/table.ts";
import { Random } from "../../test/backends/webgpu/suite/random.ts";
import { digits, measurePlan } from "./measure.ts";
import type { PlanTiming } from "./measure.ts";
import type { GpuContext } from "./part.ts";

/** A product of one shape and order. */
export interface ProductRow {
  readonly shape: string;
  readonly n: number;
  /** Only the upper triangle of tiles is computed and mirrored. */
  readonly symmetric: boolean;
  /** ‖C − AᵀB‖/‖AᵀB‖ over the rows compared with f64. */
  readonly error: number;
  /** 2n³ operations over the median time, in 10⁹/s: for symmetric products too, which do about half of them. */
  readonly gflops?: number;
  readonly timing?: PlanTiming;
  readonly skipped?: string;
}

/** Rows of C that are compared with f64. */
const CHECKED_ROWS = 16;

/** Errors grow with the square root of the inner dimension; 1e-6 is asked up to 2048. */
function errorLimit(n: number): number {
  return 1e-6 * Math.max(1, Math.sqrt(n / 2048));
}

/** Square products by every shape that fits the adapter: right first, then fast. */
export async function benchProducts(context: GpuContext): Promise<void> {
  const rows: ProductRow[] = [];
  for (const n of context.sizes.gemm) {
    const random = new Random(n);
    const [a, b] = [uniform(n, random), uniform(n, random)];
    for (const shape of GEMM_SHAPES) {
      if (!shapeFits(context.device, shape)) continue;
      for (const symmetric of [false, true]) {
        const row = await product(context, shape, n, a, symmetric ? a : b);
        rows.push(row);
        context.add({ kind: "gemm", ...row });
        if (row.skipped === undefined && !(row.error <= errorLimit(n))) {
          context.wrong(`product ${row.shape}, order ${n}: error ${row.error}`);
        }
      }
    }
  }
  context.print(formatProducts(rows));
}

/** The table of {@link benchProducts}: one line per shape and order. */
export function formatProducts(rows: readonly ProductRow[]): string {
  const plain = rows.filter(({ symmetric }) => !symmetric);
  const partner = (row: ProductRow): ProductRow | undefined =>
    rows.find(({ shape, n, symmetric }) => symmetric && shape === row.shape && n === row.n);
  const rate = (row: ProductRow | undefined): string => (row?.gflops === undefined ? "–" : digits(row.gflops));
  const worst = (row: ProductRow): string =>
    row.skipped ?? Math.max(row.error, partner(row)?.error ?? 0).toExponential(1);
  return renderTable<ProductRow>(
    [
      { title: "n", cell: (row) => String(row.n) },
      { title: "product", align: "left", cell: (row) => row.shape },
      { title: "GFLOP/s", cell: rate },
      { title: "symmetric*", cell: (row) => rate(partner(row)) },
      { title: "error", cell: worst },
    ],
    plain,
  ).concat("\n* counted as 2n³ operations, though it does about half of them");
}

function shapeFits(device: Device, shape: GemmShape): boolean {
  const { strategy, rows, columns, threadsDown, threadsAcross, depth } = shape;
  const bytes = strategy === "register" ? 0 : 4 * depth * (rows * threadsDown + columns * threadsAcross);
  return bytes <= device.limits.maxWorkgroupBytes && threadsDown * threadsAcross <= device.limits.maxInvocations;
}

async function product(
  { device, sizes }: GpuContext,
  shape: GemmShape,
  n: number,
  a: Float32Array,
  b: Float32Array,
): Promise<ProductRow> {
  const symmetric = a === b;
  const row = { shape: shapeName(shape), n, symmetric };
  const gemm = new Gemm(shape);
  await device.compile([gemm.kernel]);
  const buffers = [];
  try {
    for (const [data, name] of [[a, "A"], [b, "B"], [new Float32Array(n * n), "C"]] as const) {
      buffers.push(await device.upload(data, name));
    }
    buffers.push(await device.upload(new Float32Array([1, 0]), "coefficients"));
    const [A, B, C, coefficients] = buffers;
    const plan = device.plan();
    gemm.add(plan, { m: n, n, k: n, A, B, C, coefficients, symmetric });
    device.run(plan);
    const error = compareRows(n, a, b, await device.readFloats(C, n * n));
    if (!(error <= errorLimit(n))) return { ...row, error };
    const timing = await measurePlan(device, plan, sizes.budget);
    return { ...row, error, gflops: (2 * n ** 3) / timing.medianMs / 1e6, timing };
  } catch (error) {
    if (error instanceof DeviceMemoryError) return { ...row, error: NaN, skipped: error.message };
    throw error;
  } finally {
    for (const buffer of buffers) device.buffers.release(buffer);
  }
}

/** Uniform in (−1, 1): a normal number costs more than its product on large matrices. */
function uniform(n: number, random: Random): Float32Array {
  return Float32Array.from({ length: n * n }, () => 2 * random.uniform() - 1);
}

/** Relative error of some rows of C = AᵀB, all row-major. */
export function compareRows(n: number, a: Float32Array, b: Float32Array, c: Float32Array): number {
  let difference = 0;
  let size = 0;
  const step = Math.max(1, Math.floor(n / CHECKED_ROWS));
  for (let i = step >> 1; i < n; i += step) {
    const exact = new Float64Array(n);
    for (let k = 0; k < n; k++) {
      const factor = a[k * n + i];
      for (let j = 0; j < n; j++) exact[j] += factor * b[k * n + j];
    }
    for (let j = 0; j < n; j++) {
      difference += (c[i * n + j] - exact[j]) ** 2;
      size += exact[j] ** 2;
    }
  }
  return Math.sqrt(difference / size);
}
