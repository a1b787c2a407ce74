import { ExactGemm } from "../../src/backends/webgpu/refine/exact-gemm.ts";
import { Gemm } from "../../src/backends/webgpu/gemm.ts";
import { renderTable } from "../../src/report/table.ts";
import { solve } from "../../src/solver/solve.ts";
import { Random } from "../../test/backends/webgpu/suite/random.ts";
import { digits, measurePlan } from "./measure.ts";
import type { GpuContext } from "./part.ts";
import { maxCut } from "./solves.ts";

/** A solve past f32 by one of the two ways. */
export interface RefinementRow {
  readonly problem: string;
  /** Who went past f32. */
  readonly refinement: "device" | "cpu";
  readonly status: string;
  readonly iterations: number;
  /** Largest DIMACS error, in f64. */
  readonly error: number;
  readonly seconds: number;
  readonly notes: readonly string[];
}

/** An exact product of square matrices. */
export interface ExactRow {
  readonly n: number;
  /** ‖C − AᵀB‖/‖AᵀB‖ over the rows compared with f64. */
  readonly error: number;
  /** 2n³ operations over the median time, in 10⁹/s: the product counted once, though it takes 28 in f32. */
  readonly gflops: number;
}

/** Blocks up to this order are what a refinement is held to. */
const LARGEST = 500;
const EPS = 1e-8;
const EXACT_LIMIT = 1e-12;
const CHECKED_ROWS = 16;

/** Max-cut relaxations to 1e-8 with either refinement, and the exact products. */
export async function benchRefinement(context: GpuContext): Promise<void> {
  const { device, sizes, add, print, wrong } = context;
  const orders = [...new Set(sizes.projection.map((n) => Math.min(n, LARGEST)))];
  const adapter = device.adapter.device || device.adapter.description;
  const rows: RefinementRow[] = [];
  for (const n of orders) {
    const problem = maxCut(n);
    for (const refinement of ["device", "cpu"] as const) {
      const settings = { backend: "webgpu", precision: "refined", method: "splitting", eps: EPS, adapter } as const;
      const result = await solve(problem, { ...settings, refinement });
      const row = {
        problem: `maxcut-${n}`,
        refinement,
        status: result.status,
        iterations: result.iterations,
        error: Math.max(...result.measures.dimacs.map(Math.abs)),
        seconds: result.seconds.total,
        notes: result.notes,
      };
      rows.push(row);
      add({ kind: "refinement", ...row });
      if (!(row.error <= EPS)) wrong(`${row.problem}, refinement ${refinement}: an error of ${row.error}`);
    }
  }
  print(formatRefinements(rows));
  const exact: ExactRow[] = [];
  for (const n of orders) exact.push(await exactProduct(context, n));
  print(
    renderTable<ExactRow>(
      [
        { title: "exact product n", cell: (row) => String(row.n) },
        { title: "error", cell: (row) => row.error.toExponential(1) },
        { title: "GFLOP/s", cell: (row) => digits(row.gflops) },
      ],
      exact,
    ),
  );
}

/** The table of the solves. */
export function formatRefinements(rows: readonly RefinementRow[]): string {
  return renderTable<RefinementRow>(
    [
      { title: "problem", align: "left", cell: ({ problem }) => problem },
      { title: "past f32 on", align: "left", cell: ({ refinement }) => refinement },
      { title: "status", align: "left", cell: ({ status }) => status },
      { title: "iterations", cell: ({ iterations }) => String(iterations) },
      { title: "error", cell: ({ error }) => error.toExponential(1) },
      { title: "s", cell: ({ seconds }) => digits(seconds) },
    ],
    rows,
  );
}

async function exactProduct({ device, tuning, sizes, add, wrong }: GpuContext, order: number): Promise<ExactRow> {
  const n = 8 * Math.floor(order / 8);
  const random = new Random(n);
  const A = Float64Array.from({ length: n * n }, () => random.normal());
  const B = Float64Array.from({ length: n * n }, () => random.normal());
  const exact = await ExactGemm.create(device, new Gemm(n < tuning.largeFrom ? tuning.small : tuning.large));
  const C = await exact.multiply(A, B, n, n, n);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < Math.min(n, CHECKED_ROWS); i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += A[k * n + i] * B[k * n + j];
      difference += (C[i * n + j] - sum) ** 2;
      size += sum * sum;
    }
  }
  const error = Math.sqrt(difference / size);
  if (!(error <= EXACT_LIMIT)) wrong(`exact product, n = ${n}: an error of ${error}`);

  const [left, right] = [await exact.operand(n, n), await exact.operand(n, n)];
  const sums = await device.buffers.allocate(28 * n * n, "exact sums");
  const product = await device.buffers.allocate(8 * n * n, "exact product");
  const plan = device.plan();
  exact.addSlices(plan, left, "left");
  exact.addSlices(plan, right, "right");
  exact.addProduct(plan, left, right, sums, product);
  const timing = await measurePlan(device, plan, sizes.budget);
  for (const buffer of [sums, product]) device.buffers.release(buffer);
  for (const operand of [left, right]) exact.releaseOperand(operand);
  exact.release();
  const row = { n, error, gflops: (2 * n ** 3) / timing.medianMs / 1e6 };
  add({ kind: "exact-product", ...row, timing });
  return row;
}
