import { PsdProjector as CpuProjector } from "../../src/backends/cpu/psd/project.ts";
import { DeviceMemoryError } from "../../src/backends/webgpu/errors.ts";
import type { ProjectionMethod } from "../../src/backends/webgpu/psd/choose.ts";
import { JACOBI_MAX_ORDER } from "../../src/backends/webgpu/psd/jacobi.ts";
import { PsdProjector } from "../../src/backends/webgpu/psd/projector.ts";
import type { ScheduleLength } from "../../src/backends/schedules.ts";
import { svecLength } from "../../src/problem/svec.ts";
import { renderTable } from "../../src/report/table.ts";
import { relativeError } from "../../test/backends/webgpu/suite/case.ts";
import { Random } from "../../test/backends/webgpu/suite/random.ts";
import { PUBLISHED_ERRORS } from "../../test/backends/webgpu/suite/spectra.ts";
import { digits, measurePlan } from "./measure.ts";
import type { PlanTiming } from "./measure.ts";
import type { BatchSize, GpuContext } from "./part.ts";
import { twoCopies } from "./projections.ts";

/** Equal blocks projected together. */
export interface BatchRow extends BatchSize {
  readonly method: string;
  /** ‖P̂ − P‖_F/‖X‖_F over all blocks. */
  readonly error: number;
  readonly limit: number;
  readonly timing?: PlanTiming;
  /** f64 on one thread of the CPU, all blocks. */
  readonly cpuMs: number;
}

/** What is compared: Jacobi is held to the most accurate schedule's error. */
const FORMS: readonly { readonly method: ProjectionMethod; readonly steps: ScheduleLength }[] = [
  { method: "jacobi", steps: 10 },
  { method: "polynomial", steps: 7 },
  { method: "polynomial", steps: 10 },
];

/** Many small blocks at a time, by Jacobi and by the polynomial. */
export async function benchBatches(context: GpuContext): Promise<void> {
  const rows: BatchRow[] = [];
  for (const size of context.sizes.batches) {
    try {
      for (const row of await batch(context, size)) {
        rows.push(row);
        context.add({ kind: "batch", ...row });
        const what = `${row.method}, ${row.blocks} blocks of order ${row.order}`;
        if (!(row.error <= row.limit)) context.wrong(`${what}: error ${row.error}`);
      }
    } catch (error) {
      if (!(error instanceof DeviceMemoryError)) throw error;
      context.add({ kind: "batch", ...size, skipped: error.message });
      context.print(`${size.blocks} blocks of order ${size.order} skipped: ${error.message}`);
    }
  }
  context.print(formatBatches(rows));
}

/** The table of {@link benchBatches}. */
export function formatBatches(rows: readonly BatchRow[]): string {
  const each = (row: BatchRow): number => (1000 * (row.timing?.medianMs ?? NaN)) / row.blocks;
  return renderTable<BatchRow>(
    [
      { title: "blocks", cell: (row) => String(row.blocks) },
      { title: "order", cell: (row) => String(row.order) },
      { title: "method", align: "left", cell: (row) => row.method },
      { title: "ms", cell: (row) => (row.timing === undefined ? "–" : digits(row.timing.medianMs)) },
      { title: "µs/block", cell: (row) => (row.timing === undefined ? "–" : digits(each(row))) },
      { title: "CPU f64 ms", cell: (row) => digits(row.cpuMs) },
      { title: "error", cell: (row) => row.error.toExponential(1) },
    ],
    rows,
  );
}

async function batch({ device, dense, tuning, sizes }: GpuContext, size: BatchSize): Promise<BatchRow[]> {
  const { blocks: count, order } = size;
  const length = svecLength(order);
  const blocks = Array.from({ length: count }, (_, i) => ({ offset: i * length, order }));
  const data = new Random(order).vector(count * length);
  const cpu = new CpuProjector(dense, Array.from({ length: count }, () => order), { warmStart: "never" });
  const projection = new Float64Array(data.length);
  // Compiled code is measured.
  for (let i = 0; i < Math.min(count, 10); i++) cpu.project(data, blocks[i].offset, order, projection, 0, i);
  const start = performance.now();
  blocks.forEach(({ offset }, i) => cpu.project(data, offset, order, projection, offset, i));
  const cpuMs = performance.now() - start;

  const { original, x } = await twoCopies(device, Float32Array.from(data));
  const rows: BatchRow[] = [];
  for (const { method, steps } of FORMS) {
    if (method === "jacobi" && order > JACOBI_MAX_ORDER) continue;
    const projector = await PsdProjector.create(device, blocks, tuning, method);
    const plan = device.plan().copy(original, 0, x, 0, 4 * data.length);
    projector.add(plan, x, steps);
    device.run(plan);
    const error = relativeError(await device.readFloats(x, data.length), projection, data);
    // Blocks of this size hold small eigenvalues as GOE does.
    const limit = Math.max(2 * PUBLISHED_ERRORS[steps].GOE, 2e-6);
    const name = method === "jacobi" ? "jacobi" : `polynomial, ${3 * steps + 1} products`;
    const row = { ...size, method: name, error, limit, cpuMs };
    rows.push(error <= limit ? { ...row, timing: await measurePlan(device, plan, sizes.budget) } : row);
    projector.release(device);
  }
  for (const buffer of [original, x]) device.buffers.release(buffer);
  return rows;
}
