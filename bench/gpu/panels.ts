import { DeviceMemoryError } from "../../src/backends/webgpu/errors.ts";
import { Gemm } from "../../src/backends/webgpu/gemm.ts";
import { PolynomialProjector } from "../../src/backends/webgpu/psd/polynomial.ts";
import { TiledProjector } from "../../src/backends/webgpu/psd/tiled.ts";
import { renderTable } from "../../src/report/table.ts";
import { relativeError } from "../../test/backends/webgpu/suite/case.ts";
import { Random } from "../../test/backends/webgpu/suite/random.ts";
import { PUBLISHED_ERRORS } from "../../test/backends/webgpu/suite/spectra.ts";
import { knownProjection } from "./known-projection.ts";
import { digits, measurePlan } from "./measure.ts";
import type { PlanTiming } from "./measure.ts";
import type { GpuContext } from "./part.ts";
import { twoCopies } from "./projections.ts";

/** One block in so many panels; 0 stands for one matrix without panels. */
export interface PanelRow {
  readonly n: number;
  readonly panels: number;
  readonly error: number;
  readonly limit: number;
  readonly timing?: PlanTiming;
}

const PANELS = [0, 1, 2, 3] as const;
const STEPS = 7;

/** What it costs to cut a matrix into panels, as orders beyond one binding need. */
export async function benchPanels(context: GpuContext): Promise<void> {
  const { device, tuning, sizes, add, print, wrong } = context;
  const n = sizes.panels;
  const { svec, projection } = knownProjection("GOE", n, new Random(n));
  const gemm = new Gemm(n < tuning.largeFrom ? tuning.small : tuning.large);
  const blocks = [{ offset: 0, order: n }];
  const limit = 2 * PUBLISHED_ERRORS[STEPS].GOE;
  const rows: PanelRow[] = [];
  try {
    const { original, x } = await twoCopies(device, svec);
    for (const panels of PANELS) {
      const height = 64 * Math.ceil(n / (64 * Math.max(1, panels)));
      const bytes = Math.min(4 * height * (n + 3), device.limits.maxBindingBytes);
      const projector =
        panels === 0
          ? await PolynomialProjector.create(device, blocks, n, gemm)
          : await TiledProjector.create(device, blocks, n, gemm, bytes);
      const plan = device.plan().copy(original, 0, x, 0, 4 * svec.length);
      projector.add(plan, x, STEPS);
      device.run(plan);
      const error = relativeError(await device.readFloats(x, svec.length), projection, svec);
      const made = projector instanceof TiledProjector ? projector.layout.count : 0;
      const row = { n, panels: made, error, limit };
      if (!(error <= limit)) wrong(`order ${n} in ${made} panels: error ${error}`);
      rows.push(error <= limit ? { ...row, timing: await measurePlan(device, plan, sizes.budget) } : row);
      projector.release(device);
    }
    for (const buffer of [original, x]) device.buffers.release(buffer);
  } catch (error) {
    if (!(error instanceof DeviceMemoryError)) throw error;
    add({ kind: "panels", n, skipped: error.message });
    print(`order ${n} skipped: ${error.message}`);
  }
  for (const row of rows) add({ kind: "panels", ...row });
  print(formatPanels(rows));
}

/** The table of {@link benchPanels}. */
export function formatPanels(rows: readonly PanelRow[]): string {
  return renderTable<PanelRow>(
    [
      { title: "n", cell: ({ n }) => String(n) },
      { title: "panels", cell: ({ panels }) => (panels === 0 ? "one matrix" : String(panels)) },
      { title: "ms", cell: ({ timing }) => (timing === undefined ? "–" : digits(timing.medianMs)) },
      { title: "error", cell: ({ error }) => error.toExponential(1) },
    ],
    rows,
  );
}
