import { PsdProjector as CpuProjector } from "../../src/backends/cpu/psd/project.ts";
import { DeviceMemoryError } from "../../src/backends/webgpu/errors.ts";
import type { Device } from "../../src/backends/webgpu/device.ts";
import { PsdProjector } from "../../src/backends/webgpu/psd/projector.ts";
import type { ScheduleLength } from "../../src/backends/schedules.ts";
import { renderTable } from "../../src/report/table.ts";
import { relativeError } from "../../test/backends/webgpu/suite/case.ts";
import { Random } from "../../test/backends/webgpu/suite/random.ts";
import { PUBLISHED_ERRORS, SPECTRA } from "../../test/backends/webgpu/suite/spectra.ts";
import type { Spectrum } from "../../test/backends/webgpu/suite/spectra.ts";
import { knownProjection } from "./known-projection.ts";
import type { KnownProjection } from "./known-projection.ts";
import { digits, measurePlan } from "./measure.ts";
import type { PlanTiming } from "./measure.ts";
import type { GpuContext } from "./part.ts";

/** One block of one spectrum, projected with one schedule. */
export interface ProjectionRow {
  readonly n: number;
  readonly spectrum: Spectrum;
  /** Products of the polynomial: 3 to a step and one more. */
  readonly products: number;
  readonly method: string;
  /** ‖P̂ − P‖_F/‖X‖_F. */
  readonly error: number;
  /** Twice the published error. */
  readonly limit: number;
  readonly timing?: PlanTiming;
}

const LENGTHS: readonly ScheduleLength[] = [5, 7, 8, 10];

/** The CPU's f64 projection is timed beside up to this order. */
const CPU_LIMIT = 1000;

/** Single blocks by order, spectrum and length of the schedule. */
export async function benchProjections(context: GpuContext): Promise<void> {
  const rows: ProjectionRow[] = [];
  for (const n of context.sizes.projection) {
    const random = new Random(n);
    for (const spectrum of SPECTRA) {
      const sample = knownProjection(spectrum, n, random);
      try {
        for (const row of await projectSample(context, n, spectrum, sample)) {
          rows.push(row);
          context.add({ kind: "projection", ...row });
          if (!(row.error <= row.limit)) {
            context.wrong(`projection of ${spectrum}, order ${n}, ${row.products} products: error ${row.error}`);
          }
        }
      } catch (error) {
        if (!(error instanceof DeviceMemoryError)) throw error;
        context.add({ kind: "projection", n, spectrum, skipped: error.message });
        context.print(`order ${n} skipped: ${error.message}`);
        break;
      }
      if (spectrum === "GOE" && n <= CPU_LIMIT) timeCpu(context, n, sample);
    }
  }
  context.print(formatProjections(rows));
}

/** The table of {@link benchProjections}. */
export function formatProjections(rows: readonly ProjectionRow[]): string {
  return renderTable<ProjectionRow>(
    [
      { title: "n", cell: (row) => String(row.n) },
      { title: "spectrum", align: "left", cell: (row) => row.spectrum },
      { title: "method", align: "left", cell: (row) => row.method },
      { title: "products", cell: (row) => String(row.products) },
      { title: "ms", cell: (row) => (row.timing === undefined ? "–" : digits(row.timing.medianMs)) },
      { title: "error", cell: (row) => row.error.toExponential(1) },
      { title: "allowed", cell: (row) => row.limit.toExponential(1) },
    ],
    rows,
  );
}

async function projectSample(
  { device, tuning, sizes }: GpuContext,
  n: number,
  spectrum: Spectrum,
  { svec, projection }: KnownProjection,
): Promise<ProjectionRow[]> {
  const projector = await PsdProjector.create(device, [{ offset: 0, order: n }], tuning, "polynomial");
  const { original, x } = await twoCopies(device, svec);
  const rows: ProjectionRow[] = [];
  for (const steps of LENGTHS) {
    // Every run begins from the same data.
    const plan = device.plan().copy(original, 0, x, 0, 4 * svec.length);
    projector.add(plan, x, steps);
    device.run(plan);
    const error = relativeError(await device.readFloats(x, svec.length), projection, svec);
    const limit = 2 * PUBLISHED_ERRORS[steps][spectrum];
    const row = { n, spectrum, products: 3 * steps + 1, method: "polynomial", error, limit };
    rows.push(error <= limit ? { ...row, timing: await measurePlan(device, plan, sizes.budget) } : row);
  }
  projector.release(device);
  for (const buffer of [original, x]) device.buffers.release(buffer);
  return rows;
}

/** The data, and a copy to work on. */
export async function twoCopies(device: Device, data: Float32Array) {
  const original = await device.upload(data, "original");
  return { original, x: await device.buffers.allocate(original.bytes, "x") };
}

/** The CPU's f64 projection without a warm start, for scale: the least of a few where that is quick. */
function timeCpu({ dense, add, print }: GpuContext, n: number, { svec }: KnownProjection): void {
  const data = Float64Array.from(svec);
  const projection = new Float64Array(svec.length);
  const cpu = new CpuProjector(dense, [n], { warmStart: "never" });
  let milliseconds = Infinity;
  for (let run = 0; run < (n < 500 ? 5 : 1); run++) {
    const start = performance.now();
    cpu.project(data, 0, n, projection, 0, 0);
    milliseconds = Math.min(milliseconds, performance.now() - start);
  }
  add({ kind: "cpuProjection", n, kernels: dense.name, milliseconds });
  print(`CPU, f64, one thread, order ${n}: ${digits(milliseconds)} ms`);
}
