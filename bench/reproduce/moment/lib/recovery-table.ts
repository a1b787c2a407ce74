import { evaluateNetwork, learnActivations, syntheticInstance } from "../../../../src/moment/index.ts";
import type { ActivationLoss, DenseMatrix } from "../../../../src/moment/index.ts";
import { renderTable } from "../../../../src/report/table.ts";
import { countOption, quartiles, writeResults } from "./results.ts";
import type { Quartiles } from "./results.ts";

/** One row of a table of the paper. */
export interface PaperRow {
  readonly samples: number;
  readonly width: number;
  readonly absErr?: number;
  readonly relErr?: number;
  /** On the paper's machine (Apple M1 Max, MATLAB, GloptiPoly 3, SeDuMi). */
  readonly seconds?: number;
  readonly mse?: number;
  readonly rmse?: number;
}

export interface RecoveryTable {
  readonly name: string;
  readonly degrees: readonly number[];
  readonly rows: readonly PaperRow[];
}

/** What one instance gave with one loss. */
interface Run {
  readonly seed: number;
  readonly absErr: number;
  readonly relErr: number;
  /** Of the relaxation and its polish alone. */
  readonly relaxedAbsErr: number | null;
  readonly baselineAbsErr: number;
  readonly seconds: number;
  /** Processor time, the baseline included: what other work of the machine does not change. */
  readonly cpuSeconds: number;
  readonly baselineSeconds: number;
  readonly loss: number;
  readonly certifiedLowerBound: number | null;
  readonly certifiedBy: string;
  readonly flat: boolean;
  readonly mse: number;
  readonly rmse: number;
}

interface Summary {
  readonly loss: ActivationLoss;
  readonly seeds: number;
  readonly absErr: Quartiles;
  readonly relErr: Quartiles;
  readonly relaxedAbsErr: Quartiles;
  readonly baselineAbsErr: Quartiles;
  readonly seconds: Quartiles;
  readonly longestSeconds: number;
  readonly longestCpuSeconds: number;
  readonly mse: Quartiles;
  readonly rmse: Quartiles;
  readonly relativeGap: Quartiles | null;
  readonly relaxationFound: number;
}

/**
 * Runs a table of the paper: every row with many seeds for the least-squares loss, and with `--mean-seeds`
 * for the paper's own loss.
 */
export async function runRecoveryTable(table: RecoveryTable, args: readonly string[]): Promise<void> {
  const seeds = countOption(args, "seeds", 30);
  const meanSeeds = countOption(args, "mean-seeds", 30);
  const results: { row: PaperRow; summaries: Summary[]; runs: Record<string, Run[]> }[] = [];
  for (const row of table.rows) {
    const runs: Record<string, Run[]> = {};
    const summaries: Summary[] = [];
    for (const [loss, count] of [
      ["squares", seeds],
      ["mean", meanSeeds],
    ] as const) {
      if (count === 0) continue;
      const list: Run[] = [];
      for (let seed = 1; seed <= count; seed++) list.push(await runInstance(table, row, seed, loss));
      runs[loss] = list;
      summaries.push(summarise(loss, list));
    }
    results.push({ row, summaries, runs });
    console.log(`${table.name}: N = ${row.samples}, m = ${row.width} done`);
  }
  print(table, results);
  const command = `npm run reproduce -- moment/${table.name} --seeds ${seeds} --mean-seeds ${meanSeeds}`;
  const file = writeResults(`moment-${table.name}`, command, {
    degrees: table.degrees,
    noise: 1e-2,
    note: "paper: GloptiPoly 3 and SeDuMi on an Apple M1 Max, order 3, one instance a row; its seconds are of another machine",
    results,
  });
  console.log(`written to ${file}`);
}

async function runInstance(
  table: RecoveryTable,
  row: PaperRow,
  seed: number,
  loss: ActivationLoss,
): Promise<Run> {
  const { samples, width } = row;
  const instance = syntheticInstance({ degrees: table.degrees, samples, width, noise: 1e-2, seed });
  const { network, inputs, targets, coefficients, noiseNorm, test } = instance;
  const before = process.cpuUsage();
  const learned = await learnActivations(network, inputs, targets, { loss });
  const { user, system } = process.cpuUsage(before);
  const error = (c: Float64Array): number =>
    Math.sqrt(c.reduce((sum, v, i) => sum + (v - coefficients[i]) ** 2, 0));
  const absErr = error(learned.coefficients);
  const { mse, rmse } = testErrors(evaluateNetwork(network, learned.coefficients, test.inputs), test.targets);
  return {
    seed,
    absErr,
    relErr: absErr / noiseNorm,
    relaxedAbsErr: learned.relaxed ? error(learned.relaxed.coefficients) : null,
    baselineAbsErr: error(learned.baseline.polished),
    seconds: learned.seconds,
    cpuSeconds: (user + system) / 1e6,
    baselineSeconds: learned.baseline.seconds,
    loss: learned.value,
    certifiedLowerBound: learned.certifiedLowerBound.value,
    certifiedBy: learned.certifiedBy,
    flat: learned.hierarchy.flat,
    mse,
    rmse,
  };
}

/**
 * MSE: mean over samples of ‖f − y‖²; RMSE: mean over samples of ‖f − y‖, as magnitudes in the paper suggest.
 */
export function testErrors(
  outputs: DenseMatrix,
  targets: DenseMatrix,
): { readonly mse: number; readonly rmse: number } {
  const { rows, cols } = targets;
  let squares = 0;
  let norms = 0;
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < cols; j++) sum += (outputs.values[i * cols + j] - targets.values[i * cols + j]) ** 2;
    squares += sum;
    norms += Math.sqrt(sum);
  }
  return { mse: squares / rows, rmse: norms / rows };
}

function summarise(loss: ActivationLoss, runs: readonly Run[]): Summary {
  const of = (pick: (run: Run) => number): Quartiles => quartiles(runs.map(pick));
  const gaps = runs.flatMap((run) =>
    run.certifiedLowerBound === null ? [] : [(run.loss - run.certifiedLowerBound) / run.loss],
  );
  return {
    loss,
    seeds: runs.length,
    absErr: of((run) => run.absErr),
    relErr: of((run) => run.relErr),
    relaxedAbsErr: of((run) => run.relaxedAbsErr ?? Infinity),
    baselineAbsErr: of((run) => run.baselineAbsErr),
    seconds: of((run) => run.seconds),
    longestSeconds: Math.max(...runs.map((run) => run.seconds)),
    longestCpuSeconds: Math.max(...runs.map((run) => run.cpuSeconds)),
    mse: of((run) => run.mse),
    rmse: of((run) => run.rmse),
    relativeGap: gaps.length > 0 ? quartiles(gaps) : null,
    relaxationFound: runs.filter((run) => run.relaxedAbsErr !== null && run.relaxedAbsErr <= 1.5 * run.absErr)
      .length,
  };
}

function print(
  table: RecoveryTable,
  results: readonly { row: PaperRow; summaries: readonly Summary[] }[],
): void {
  const lines = results.flatMap(({ row, summaries }) => summaries.map((summary) => ({ row, summary })));
  const digits = (value: number | undefined): string => (value === undefined ? "-" : value.toFixed(4));
  const range = ({ lower, median, upper }: Quartiles): string =>
    `${digits(median)} [${digits(lower)}, ${digits(upper)}]`;
  const withTest = table.rows.some(({ mse }) => mse !== undefined);
  console.log(
    `degrees ${table.degrees.join(", ")}; noise 0.01; median [quartiles]; paper's seconds are of another machine`,
  );
  console.log(
    renderTable(
      [
        { title: "N", cell: ({ row }) => String(row.samples) },
        { title: "m", cell: ({ row }) => String(row.width) },
        { title: "loss", cell: ({ summary }) => summary.loss },
        { title: "seeds", cell: ({ summary }) => String(summary.seeds) },
        { title: "AbsErr", cell: ({ summary }) => range(summary.absErr) },
        { title: "paper", cell: ({ row }) => digits(row.absErr) },
        { title: "baseline", cell: ({ summary }) => digits(summary.baselineAbsErr.median) },
        { title: "by relaxation", cell: ({ summary }) => `${summary.relaxationFound}/${summary.seeds}` },
        {
          title: "certified gap",
          cell: ({ summary }) =>
            summary.relativeGap ? `${(100 * summary.relativeGap.median).toFixed(1)} %` : "-",
        },
        { title: "s", cell: ({ summary }) => summary.seconds.median.toFixed(3) },
        { title: "longest s", cell: ({ summary }) => summary.longestSeconds.toFixed(2) },
        { title: "longest CPU s", cell: ({ summary }) => summary.longestCpuSeconds.toFixed(2) },
        { title: "paper s", cell: ({ row }) => (row.seconds === undefined ? "-" : row.seconds.toFixed(2)) },
        ...(withTest
          ? [
              { title: "MSE", cell: ({ summary }: (typeof lines)[number]) => range(summary.mse) },
              { title: "paper", cell: ({ row }: (typeof lines)[number]) => digits(row.mse) },
              { title: "RMSE", cell: ({ summary }: (typeof lines)[number]) => range(summary.rmse) },
              { title: "paper", cell: ({ row }: (typeof lines)[number]) => digits(row.rmse) },
            ]
          : []),
      ],
      lines,
    ),
  );
}
