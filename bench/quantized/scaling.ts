/**
 * How the matrix-free solve scales: `npx tsx bench/quantized/scaling.ts [--explicit] [--growth] [--large] [--json FILE]
 * [--figure SVG]`. Planted bilinear data to a certified relative gap of 1e-6 on --threads threads (2); with --explicit
 * the same problems in explicit form through the general solver in the same run, with --growth more sizes over n and d
 * for the figure of seconds against operations, with --large n = 5000, d = 500 (one gigabyte).
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { trainQuantized } from "../../src/quantized/train.ts";
import { renderVegaLite } from "../../src/report/figure.ts";
import { describeMachine } from "../../src/report/node-machine.ts";
import { renderTable } from "../../src/report/table.ts";
import { solve } from "../../src/solver/solve.ts";
import { bilinearProblem } from "./bilinear-problem.ts";
import { planted } from "./planted.ts";

const BETA = 10;
const { values: options } = parseArgs({
  options: {
    explicit: { type: "boolean", default: false },
    large: { type: "boolean", default: false },
    /** Most iterations of the large one. */
    iterations: { type: "string", default: "3000" },
    growth: { type: "boolean", default: false },
    threads: { type: "string", default: "2" },
    json: { type: "string" },
    figure: { type: "string" },
  },
});

const THREADS = Number(options.threads);

interface Row {
  readonly n: number;
  readonly d: number;
  /** Wall time of set-up plus solve, and the processor time of the process over it: less of a guess on a busy machine. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly setup: number;
  readonly iterations: number;
  readonly secondsPerIteration: number;
  /** 4nd² for the two products, 18d³ for the two projections, 2n² for the triangular solves. */
  readonly operationsPerIteration: number;
  readonly relativeGap: number;
  readonly status: string;
  readonly stateMegabytes: number;
  readonly residentMegabytes: number;
  readonly explicitSeconds: number | null;
  readonly explicitCpuSeconds: number | null;
  readonly explicitStatus: string | null;
}

async function measure(
  n: number,
  d: number,
  runs: number,
  maxIterations: number,
  explicit: boolean,
): Promise<Row> {
  const { samples, y, rows } = planted(n, d);
  const attempts: Row[] = [];
  for (let k = 0; k < runs; k++) {
    const start = performance.now();
    const cpu = process.cpuUsage();
    const settings = { beta: BETA, gap: 1e-6, maxIterations, backend: "cpu", threads: THREADS } as const;
    const model = await trainQuantized(
      { samples, targets: [y] },
      {
        ...settings,
        onProgress:
          n * d < 1e6
            ? undefined
            : ({ iteration, relativeGap, seconds: at }) =>
                console.log(`n = ${n}, d = ${d}: ${iteration} iterations, gap ${relativeGap.toExponential(1)}, ${at.toFixed(0)} s`),
      },
    );
    const seconds = (performance.now() - start) / 1000;
    const used = process.cpuUsage(cpu);
    const { gram, operator, projection, vectors } = model.seconds;
    attempts.push({
      n,
      d,
      seconds,
      cpuSeconds: (used.user + used.system) / 1e6,
      setup: model.seconds.setup,
      iterations: model.iterations,
      secondsPerIteration: (gram + operator + projection + vectors) / model.iterations,
      operationsPerIteration: 4 * n * d ** 2 + 18 * d ** 3 + 2 * Math.min(n, (d * (d + 1)) / 2) ** 2,
      relativeGap: model.relativeGap,
      status: model.status,
      stateMegabytes: model.bytes / 1e6,
      residentMegabytes: process.memoryUsage().rss / 1e6,
      explicitSeconds: null,
      explicitCpuSeconds: null,
      explicitStatus: null,
    });
  }
  const best = attempts.reduce((a, b) => (b.cpuSeconds < a.cpuSeconds ? b : a));
  if (!explicit) return best;
  const start = performance.now();
  const cpu = process.cpuUsage();
  const result = await solve(bilinearProblem({ count: n, dimension: d, features: rows, targets: y }, BETA), {
    eps: 1e-6,
    timeLimit: 120,
  });
  const used = process.cpuUsage(cpu);
  return {
    ...best,
    explicitSeconds: (performance.now() - start) / 1000,
    explicitCpuSeconds: (used.user + used.system) / 1e6,
    explicitStatus: result.status,
  };
}

const rows: Row[] = [];
// The first solve of a process pays for compilation.
await measure(50, 10, 2, 1000, false);
for (const [n, d] of [
  [100, 20],
  [280, 33],
  [500, 50],
])
  rows.push(await measure(n, d, 5, 5000, options.explicit));
if (options.growth)
  for (const [n, d] of [
    [1000, 50],
    [2000, 50],
    [4000, 50],
    [1000, 100],
    [2000, 100],
    [4000, 100],
    [1000, 200],
    [2000, 200],
    [2000, 300],
  ])
    rows.push(await measure(n, d, 1, 5000, false));
if (options.large) rows.push(await measure(5000, 500, 1, Number(options.iterations), false));
console.log(
  renderTable<Row>(
    [
      { title: "n", cell: (r) => String(r.n) },
      { title: "d", cell: (r) => String(r.d) },
      { title: "seconds", cell: (r) => r.seconds.toFixed(3) },
      { title: "cpu s", cell: (r) => r.cpuSeconds.toFixed(3) },
      { title: "iterations", cell: (r) => String(r.iterations) },
      { title: "ms/iteration", cell: (r) => (1000 * r.secondsPerIteration).toFixed(2) },
      { title: "Gflop/s", cell: (r) => (r.operationsPerIteration / r.secondsPerIteration / 1e9).toFixed(2) },
      { title: "gap", cell: (r) => r.relativeGap.toExponential(1) },
      { title: "status", cell: (r) => r.status },
      { title: "state MB", cell: (r) => r.stateMegabytes.toFixed(0) },
      { title: "resident MB", cell: (r) => r.residentMegabytes.toFixed(0) },
      {
        title: "explicit s",
        cell: (r) =>
          r.explicitSeconds === null
            ? "-"
            : `${r.explicitSeconds.toFixed(2)} (cpu ${r.explicitCpuSeconds?.toFixed(2)}) ${r.explicitStatus}`,
      },
    ],
    rows,
  ),
);
if (options.figure !== undefined) {
  const values = rows.map((r) => ({
    operations: r.operationsPerIteration,
    seconds: r.cpuSeconds / r.iterations,
    size: `n = ${r.n}, d = ${r.d}`,
  }));
  const axis = (field: string, title: string): object => ({
    field,
    type: "quantitative",
    scale: { type: "log" },
    title,
  });
  const encoding = {
    x: axis("operations", "operations per iteration"),
    y: axis("seconds", "processor seconds per iteration"),
  };
  const svg = await renderVegaLite({
    width: 420,
    height: 320,
    title: "Quantized training: time per iteration",
    data: { values },
    layer: [
      { mark: { type: "point", filled: true, size: 60 }, encoding },
      { mark: { type: "text", align: "left", dx: 8 }, encoding: { ...encoding, text: { field: "size" } } },
    ],
  });
  writeFileSync(options.figure, svg);
}
if (options.json !== undefined) {
  const flags = [
    options.explicit && "--explicit",
    options.growth && "--growth",
    options.large && `--large --iterations ${options.iterations}`,
  ].filter(Boolean);
  const record = {
    command: `npx tsx bench/quantized/scaling.ts ${flags.join(" ")}`,
    date: new Date().toISOString(),
    machine: describeMachine(),
    beta: BETA,
    rows,
  };
  writeFileSync(options.json, `${JSON.stringify(record, null, 1)}\n`);
}
