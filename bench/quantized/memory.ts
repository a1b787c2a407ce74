/**
 * Memory of the matrix-free solve: `npx tsx bench/quantized/memory.ts [--json FILE]`. Every size runs a few iterations in
 * a process of its own; the peak of its resident memory, less that of a tiny problem, is set against what O(nd +
 * min(n², d⁴) + d²) counts: samples and their products, the factor of the Gram system, the variables.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { trainQuantized } from "../../src/quantized/train.ts";
import { describeMachine } from "../../src/report/node-machine.ts";
import { renderTable } from "../../src/report/table.ts";
import { planted } from "./planted.ts";

/** n grows at one d past the change from n² to d⁴, d grows at one n, and both. */
const SIZES: readonly (readonly [number, number])[] = [
  ...([[500, 40], [1000, 40], [2000, 40], [8000, 40], [32000, 40]] as const),
  ...([[1000, 100], [1000, 200], [1000, 400]] as const),
  ...([[2000, 100], [4000, 200], [5000, 500]] as const),
];

interface Measurement {
  readonly stateBytes: number;
  readonly peakBytes: number;
}

interface Row {
  readonly n: number;
  readonly d: number;
  /** nd, min(n², (d²/2)²), d². */
  readonly samples: number;
  readonly gram: number;
  readonly matrices: number;
  /** What the engine says it holds. */
  readonly stateMegabytes: number;
  /** Peak of the process above a tiny problem's. */
  readonly peakMegabytes: number;
  /** Peak over 8(2·min(n², (d²/2)²) + 5nd + 24d²) bytes: constant if memory grows as claimed. */
  readonly ratio: number;
}

const { values: options } = parseArgs({ options: { one: { type: "string" }, json: { type: "string" } } });
if (options.one !== undefined) {
  const [n, d] = options.one.split(",").map(Number);
  const { samples, y } = planted(n, d);
  const settings = { beta: 10, gap: 1e-6, maxIterations: 3, backend: "cpu", threads: 1 } as const;
  const model = await trainQuantized({ samples, targets: [y] }, settings);
  const peakBytes = 1024 * process.resourceUsage().maxRSS;
  process.stdout.write(JSON.stringify({ stateBytes: model.bytes, peakBytes } satisfies Measurement));
} else {
  const base = measure(20, 4).peakBytes;
  const rows = SIZES.map(([n, d]): Row => {
    const { stateBytes, peakBytes } = measure(n, d);
    const samples = n * d;
    const gram = Math.min(n ** 2, ((d * (d + 1)) / 2) ** 2);
    const matrices = d ** 2;
    const counted = 8 * (2 * gram + 5 * samples + 24 * matrices);
    return {
      ...{ n, d, samples, gram, matrices },
      stateMegabytes: stateBytes / 1e6,
      peakMegabytes: (peakBytes - base) / 1e6,
      ratio: (peakBytes - base) / counted,
    };
  });
  const megabytes = (numbers: number): string => ((8 * numbers) / 1e6).toFixed(1);
  console.log(
    renderTable<Row>(
      [
        { title: "n", cell: (r) => String(r.n) },
        { title: "d", cell: (r) => String(r.d) },
        { title: "nd MB", cell: (r) => megabytes(r.samples) },
        { title: "min(n², d⁴/4) MB", cell: (r) => megabytes(r.gram) },
        { title: "d² MB", cell: (r) => megabytes(r.matrices) },
        { title: "state MB", cell: (r) => r.stateMegabytes.toFixed(1) },
        { title: "peak MB", cell: (r) => r.peakMegabytes.toFixed(1) },
        { title: "peak/counted", cell: (r) => r.ratio.toFixed(2) },
      ],
      rows,
    ),
  );
  if (options.json !== undefined) {
    const record = {
      command: "npx tsx bench/quantized/memory.ts",
      date: new Date().toISOString(),
      machine: describeMachine(),
      baseMegabytes: base / 1e6,
      rows,
    };
    writeFileSync(options.json, `${JSON.stringify(record, null, 1)}\n`);
  }
}

function measure(n: number, d: number): Measurement {
  const script = fileURLToPath(import.meta.url);
  const child = spawnSync(process.execPath, ["--import", "tsx", script, "--one", `${n},${d}`], { encoding: "utf8" });
  if (child.status !== 0) throw new Error(`n = ${n}, d = ${d}: ${child.stderr}`);
  return JSON.parse(child.stdout) as Measurement;
}
