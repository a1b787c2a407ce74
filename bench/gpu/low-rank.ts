import { DeviceMemoryError } from "../../src/backends/webgpu/errors.ts";
import { Gemm } from "../../src/backends/webgpu/gemm.ts";
import { polynomialOperations, subspaceColumns, subspaceOperations } from "../../src/backends/webgpu/psd/choose.ts";
import { PolynomialProjector } from "../../src/backends/webgpu/psd/polynomial.ts";
import { readStates, STATE_WORDS, SubspaceProjector } from "../../src/backends/webgpu/psd/subspace.ts";
import type { ScheduleLength } from "../../src/backends/schedules.ts";
import { renderTable } from "../../src/report/table.ts";
import { relativeError } from "../../test/backends/webgpu/suite/case.ts";
import { Random } from "../../test/backends/webgpu/suite/random.ts";
import { PUBLISHED_ERRORS } from "../../test/backends/webgpu/suite/spectra.ts";
import { knownLowRank } from "./known-projection.ts";
import { digits, measurePlan } from "./measure.ts";
import type { PlanTiming } from "./measure.ts";
import type { GpuContext } from "./part.ts";
import { twoCopies } from "./projections.ts";

/** A block of low rank by a followed subspace, beside the polynomial that it stands for. */
export interface LowRankRow {
  readonly n: number;
  readonly rank: number;
  /** Vectors of the basis. */
  readonly columns: number;
  /** Products of the polynomial. */
  readonly products: number;
  /** Operations over those of one full product, 2n³: of the subspace and of the polynomial. */
  readonly gemms: number;
  readonly polynomialGemms: number;
  /** Calls from a random basis to the first that met its tolerance. */
  readonly coldCalls: number;
  /** ‖P̂ − P‖_F/‖X‖_F. */
  readonly error: number;
  readonly limit: number;
  readonly timing?: PlanTiming;
  readonly polynomialTiming?: PlanTiming;
}

const RANKS = [5, 10, 20] as const;
const LENGTHS: readonly ScheduleLength[] = [5, 7, 10];
const DEGREE = 6;
const MOST_CALLS = 20;

/** Single blocks of rank 5 to 20: the filter's degree and the tolerances are those a solve begins with. */
export async function benchLowRank(context: GpuContext): Promise<void> {
  const rows: LowRankRow[] = [];
  for (const n of context.sizes.lowRank) {
    for (const rank of RANKS) {
      try {
        for (const steps of LENGTHS) {
          const row = await follow(context, n, rank, steps);
          if (row === undefined) continue;
          rows.push(row);
          context.add({ kind: "low-rank", ...row });
          if (!(row.error <= row.limit)) context.wrong(`order ${n}, rank ${rank}: error ${row.error}`);
        }
      } catch (error) {
        if (!(error instanceof DeviceMemoryError)) throw error;
        context.add({ kind: "low-rank", n, rank, skipped: error.message });
        context.print(`order ${n} skipped: ${error.message}`);
      }
    }
  }
  context.print(formatLowRank(rows));
}

/** The table of {@link benchLowRank}. */
export function formatLowRank(rows: readonly LowRankRow[]): string {
  const time = (timing: PlanTiming | undefined): string => (timing === undefined ? "–" : digits(timing.medianMs));
  return renderTable<LowRankRow>(
    [
      { title: "n", cell: ({ n }) => String(n) },
      { title: "rank", cell: ({ rank }) => String(rank) },
      { title: "vectors", cell: ({ columns }) => String(columns) },
      { title: "products", cell: ({ products }) => String(products) },
      { title: "GEMMs", cell: ({ gemms }) => digits(gemms) },
      { title: "polynomial's", cell: ({ polynomialGemms }) => digits(polynomialGemms) },
      { title: "ms", cell: ({ timing }) => time(timing) },
      { title: "polynomial's", cell: ({ polynomialTiming }) => time(polynomialTiming) },
      { title: "cold calls", cell: ({ coldCalls }) => String(coldCalls) },
      { title: "error", cell: ({ error }) => error.toExponential(1) },
    ],
    rows,
  );
}

async function follow(
  { device, tuning, sizes }: GpuContext,
  n: number,
  rank: number,
  steps: ScheduleLength,
): Promise<LowRankRow | undefined> {
  const columns = subspaceColumns(n, rank, DEGREE, steps, "subspace");
  if (columns === undefined) return undefined;
  const { svec, projection } = knownLowRank(n, rank, new Random(n + rank));
  const { original, x } = await twoCopies(device, svec);
  const states = await device.upload(new Float32Array(STATE_WORDS), "states");
  const gemm = new Gemm(n < tuning.largeFrom ? tuning.small : tuning.large);
  const polynomial = await PolynomialProjector.create(device, [{ offset: 0, order: n }], n, gemm, states);
  const subspace = await SubspaceProjector.create(device, polynomial, states, [1], columns);
  const restore = () => device.plan().copy(original, 0, x, 0, 4 * svec.length);
  const plan = restore();
  subspace.add(plan, x, DEGREE, steps);
  let coldCalls = 0;
  for (let passes = 0; passes === 0 && coldCalls < MOST_CALLS; coldCalls++) {
    device.run(plan);
    [{ passes }] = readStates(await device.readIntegers(states, STATE_WORDS));
  }
  const error = relativeError(await device.readFloats(x, svec.length), projection, svec);
  const limit = 2 * PUBLISHED_ERRORS[steps].lowRank;
  const full = 2 * n ** 3;
  const row = {
    ...{ n, rank, columns, products: 3 * steps + 1, coldCalls, error, limit },
    gemms: subspaceOperations(n, columns, DEGREE) / full,
    polynomialGemms: polynomialOperations(n, steps) / full,
  };
  const plain = restore();
  polynomial.add(plain, x, steps);
  const timed = error <= limit && coldCalls < MOST_CALLS;
  const timing = timed ? await measurePlan(device, plan, sizes.budget) : undefined;
  const polynomialTiming = await measurePlan(device, plain, sizes.budget);
  subspace.release();
  polynomial.release(device);
  for (const buffer of [original, x, states]) device.buffers.release(buffer);
  return { ...row, ...(timing !== undefined && { timing }), polynomialTiming };
}
