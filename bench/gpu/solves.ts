import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import { svecIndex, svecLength } from "../../src/problem/svec.ts";
import { renderTable } from "../../src/report/table.ts";
import { solve } from "../../src/solver/solve.ts";
import { seededRandom } from "../random.ts";
import { digits } from "./measure.ts";
import type { GpuContext } from "./part.ts";

/** One whole solve on the device, beside the CPU's where that is affordable. */
export interface SolveRow {
  readonly problem: string;
  readonly status: string;
  readonly iterations: number;
  /** Whole seconds, set-up included, and milliseconds of an iteration without it. */
  readonly seconds: number;
  readonly perIteration: number;
  /** Largest DIMACS error, in f64. */
  readonly error: number;
  readonly precision: string;
  /** The CPU's splitting on the same problem. */
  readonly cpuSeconds: number | null;
  readonly cpuIterations: number | null;
}

const EPS = 1e-4;
const SEED = 7;
/** Above this order the CPU is not asked. */
const LARGEST_ON_CPU = 1000;
/** Kernels named in the table of device time. */
const SHOWN_KERNELS = 8;

/** Max-cut relaxations of random graphs with four edges a vertex: one block of order n, n equality rows. */
export async function benchSolves(context: GpuContext): Promise<void> {
  const { device, sizes, add, print, wrong } = context;
  const rows: SolveRow[] = [];
  for (const n of sizes.projection) {
    const problem = maxCut(n);
    const settings = { eps: EPS, method: "splitting", maxIterations: 2000 } as const;
    const adapter = device.adapter.device || device.adapter.description;
    const onDevice = await solve(problem, { ...settings, backend: "webgpu", precision: "f32", adapter });
    const onCpu = n <= LARGEST_ON_CPU ? await solve(problem, { ...settings, backend: "cpu" }) : undefined;
    const row: SolveRow = {
      problem: `maxcut-${n}`,
      status: onDevice.status,
      iterations: onDevice.iterations,
      seconds: onDevice.seconds.total,
      perIteration: (1000 * (onDevice.seconds.total - onDevice.seconds.setup)) / Math.max(1, onDevice.iterations),
      error: Math.max(...onDevice.measures.dimacs.map(Math.abs)),
      precision: onDevice.precision,
      cpuSeconds: onCpu?.seconds.total ?? null,
      cpuIterations: onCpu?.iterations ?? null,
    };
    rows.push(row);
    add({ kind: "solve", ...row });
    if (onDevice.status !== "solved") wrong(`${row.problem}: ${onDevice.status} at ${EPS}`);
    if (onCpu) {
      const [a, b] = [onDevice.measures.primalObjective, onCpu.measures.primalObjective];
      if (!(Math.abs(a - b) <= 10 * EPS * (1 + Math.abs(b)))) wrong(`${row.problem}: ${a} on the device, ${b} on the CPU`);
    }
  }
  print(formatSolves(rows));
  await partTimes(context, Math.max(...sizes.projection));
}

/** Device time per kernel over one solve. */
async function partTimes({ device, add, print }: GpuContext, n: number): Promise<void> {
  const adapter = device.adapter.device || device.adapter.description;
  const { profile } = await solve(maxCut(n), {
    ...{ eps: EPS, method: "splitting", backend: "webgpu", precision: "f32", maxIterations: 100, adapter },
    profile: true,
  });
  if (!profile) return;
  add({ kind: "solve-profile", problem: `maxcut-${n}`, kernels: profile });
  print(
    renderTable(
      [
        { title: "kernel", align: "left", cell: ({ kernel }) => kernel },
        { title: "calls", cell: ({ calls }) => String(calls) },
        { title: "ms", cell: ({ milliseconds }) => digits(milliseconds) },
      ],
      [...profile].slice(0, SHOWN_KERNELS),
    ),
  );
}

/** The table of {@link benchSolves}. */
export function formatSolves(rows: readonly SolveRow[]): string {
  const optional = (value: number | null): string => (value === null ? "–" : digits(value));
  return renderTable<SolveRow>(
    [
      { title: "problem", align: "left", cell: ({ problem }) => problem },
      { title: "status", align: "left", cell: ({ status }) => status },
      { title: "iterations", cell: ({ iterations }) => String(iterations) },
      { title: "s", cell: ({ seconds }) => digits(seconds) },
      { title: "ms/iteration", cell: ({ perIteration }) => digits(perIteration) },
      { title: "error", cell: ({ error }) => error.toExponential(1) },
      { title: "CPU s", cell: ({ cpuSeconds }) => optional(cpuSeconds) },
      { title: "CPU iterations", cell: ({ cpuIterations }) => optional(cpuIterations) },
    ],
    rows,
  );
}

/** min Σxᵢ subject to Diag(x) − L/4 ⪰ 0, L the Laplacian of a random graph: the dual of the max-cut relaxation. */
export function maxCut(n: number): ConicProblem {
  const random = seededRandom(SEED);
  const b = new Float64Array(svecLength(n));
  for (let edge = 0; edge < 2 * n; edge++) {
    const i = Math.floor(n * random());
    const j = Math.floor(n * random());
    if (i === j) continue;
    b[svecIndex(n, i, i)] -= 0.25;
    b[svecIndex(n, j, j)] -= 0.25;
    b[svecIndex(n, i, j)] += 0.25 * Math.SQRT2;
  }
  const columns = Array.from({ length: n }, (_, i) => i);
  const diagonal = columns.map((i) => svecIndex(n, i, i));
  return {
    name: `maxcut-${n}`,
    c: new Float64Array(n).fill(1),
    A: {
      kind: "sparse",
      rows: b.length,
      cols: n,
      matrix: sparseFromTriplets(b.length, n, diagonal, columns, new Float64Array(n).fill(-1)),
    },
    b,
    cones: [{ kind: "psd", order: n }],
  };
}
