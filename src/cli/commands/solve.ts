import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { readPointFile, readProblemFile, writePointFile } from "../../formats/node-files.ts";
import type { ConicPoint, ConicProblem } from "../../problem/conic-problem.ts";
import { CsvLog } from "../../report/csv-log.ts";
import { IterationTable } from "../../report/iteration-table.ts";
import { jsonSummary } from "../../report/json-summary.ts";
import { problemLine } from "../../report/problem-summary.ts";
import { ProgressLine } from "../../report/progress-line.ts";
import { resultSummary } from "../../report/result-summary.ts";
import type { Result } from "../../solver/result.ts";
import { defaultSettings } from "../../solver/settings.ts";
import type {
  BackendChoice,
  IterationInfo,
  Method,
  Precision,
  ProjectionChoice,
  RefinementChoice,
} from "../../solver/settings.ts";
import { solve } from "../../solver/solve.ts";
import { EXIT_CODE_HELP, exitCode } from "../exit-codes.ts";
import { InterruptHandler } from "../interrupt.ts";
import { numberBetween, wholeNumber } from "../options.ts";
import { checkDistinct, checkWritable, replaceText } from "../output-file.ts";

interface SolveOptions {
  readonly eps: number;
  readonly maxIterations: number;
  readonly timeLimit: number;
  readonly backend: BackendChoice;
  readonly adapter?: string;
  readonly precision: Precision;
  readonly refinement: RefinementChoice;
  readonly threads?: number;
  readonly projection: ProjectionChoice;
  readonly profile?: boolean;
  readonly method: Method;
  readonly warmStart?: string;
  readonly save?: string;
  readonly traceBound?: number;
  readonly dualTraceBound?: number;
  readonly log?: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ spectrahedron solve theta1.dat-s
  $ spectrahedron solve theta1.dat-s --eps 1e-4 --save point.json
  $ spectrahedron solve theta1.dat-s --warm-start point.json --eps 1e-8
  $ spectrahedron solve mcp100.dat-s --time-limit 60 --json -
  $ spectrahedron solve big.cbf.gz --log iterations.csv 2> table.txt

${EXIT_CODE_HELP}`;

/** `spectrahedron solve FILE`. */
export function solveCommand(): Command {
  return new Command("solve")
    .description("solve a problem and report the result")
    .argument("<file>", "problem: .dat-s, .cbf, .mps or .json, also with .gz")
    .option("--eps <tolerance>", "accuracy asked for", numberBetween(1e-12, 1), defaultSettings.eps)
    .option("--max-iterations <count>", "splitting iterations at most", wholeNumber(0), defaultSettings.maxIterations)
    .option("--time-limit <seconds>", "0 = none", numberBetween(0, Number.MAX_VALUE), defaultSettings.timeLimit)
    .addOption(
      new Option("--backend <name>", "where to compute").choices(["auto", "cpu", "webgpu"]).default("auto"),
    )
    .option("--adapter <name>", "part of the name of the WebGPU adapter to use (see: spectrahedron devices)")
    .addOption(
      new Option("--precision <name>", "after the device's f32: nothing, f64 on the CPU, or what is cheapest")
        .choices(["auto", "f32", "refined"])
        .default("auto"),
    )
    .addOption(
      new Option("--refinement <name>", "who goes past f32: the device by corrections, the CPU, or by size and adapter")
        .choices(["auto", "cpu", "device"])
        .default("auto"),
    )
    .addOption(
      new Option("--projection <name>", "how a device projects semidefinite blocks, or by order, rank and adapter")
        .choices(["auto", "jacobi", "polynomial", "tiled", "subspace"])
        .default("auto"),
    )
    .option("--threads <count>", "of the CPU's dense kernels (default: one; all processors for semidefinite orders from 200 on)", wholeNumber(1))
    .option("--profile", "device time per kernel (WebGPU)")
    .addOption(
      new Option("--method <name>", "auto, one phase alone, or the plain splitting of SCS (reference)")
        .choices(["auto", "splitting", "interior", "reference"])
        .default("auto"),
    )
    .option("--warm-start <point>", "start from a point written by --save")
    .option("--save <point>", "write x, y, s as JSON")
    .option(
      "--trace-bound <R>",
      "bound on the trace of the slack at some optimum: asks for a certified lower bound",
      numberBetween(0, Number.MAX_VALUE),
    )
    .option(
      "--dual-trace-bound <R>",
      "the same for the dual variable: asks for a certified upper bound",
      numberBetween(0, Number.MAX_VALUE),
    )
    .option("--log <csv>", "write one row per report of the solver")
    .option("--json <file>", "write the result as one JSON object; - for standard output")
    .option("--quiet", "print nothing but errors and what --json asks for")
    .addHelpText("after", EXAMPLES)
    .action(runSolve);
}

async function runSolve(file: string, options: SolveOptions): Promise<void> {
  const jsonFile = options.json === "-" ? undefined : options.json;
  const outputs = [options.save, options.log, jsonFile].filter((path) => path !== undefined);
  checkDistinct([file, options.warmStart].filter((path) => path !== undefined), outputs);
  for (const path of outputs) await checkWritable(path);

  // Standard output belongs to the JSON object when that is asked for.
  const print = (text: string): void => {
    if (options.quiet) return;
    (options.json === "-" ? process.stderr : process.stdout).write(text);
  };
  const problem = await readProblemFile(file);
  const dimensions = { variables: problem.c.length, rows: problem.b.length };
  const warmStart = options.warmStart === undefined ? undefined : await readPointFile(options.warmStart, dimensions);
  print(`${problem.name ?? file}: ${problemLine(problem, 76 - (problem.name ?? file).length)}\n`);

  const log = options.log === undefined ? undefined : new CsvLog(problem);
  const result = await solveInterruptibly(problem, options, warmStart, log);

  print(`${resultSummary(problem, result)}\n`);
  if (options.json !== undefined) {
    const text = `${JSON.stringify(jsonSummary(problem, result))}\n`;
    if (jsonFile === undefined) process.stdout.write(text);
    else await replaceText(jsonFile, text);
  }
  process.exitCode = exitCode(result.status);
  if (options.log !== undefined && log !== undefined) await replaceText(options.log, log.toString());
  if (options.save !== undefined) await writePointFile(result, options.save);
}

async function solveInterruptibly(
  problem: ConicProblem,
  options: SolveOptions,
  warmStart: ConicPoint | undefined,
  log: CsvLog | undefined,
): Promise<Result> {
  const stderr = (text: string): void => void process.stderr.write(text);
  const display = process.stderr.isTTY ? new ProgressLine(problem, stderr) : new IterationTable(problem, stderr);
  const shown = options.quiet ? undefined : display;
  const interrupt = new InterruptHandler();
  interrupt.listen();
  try {
    return await solve(problem, {
      eps: options.eps,
      maxIterations: options.maxIterations,
      timeLimit: options.timeLimit,
      backend: options.backend,
      adapter: options.adapter,
      precision: options.precision,
      refinement: options.refinement,
      projection: options.projection,
      threads: options.threads ?? worthwhileThreads(problem),
      profile: options.profile ?? false,
      method: options.method,
      traceBound: options.traceBound,
      dualTraceBound: options.dualTraceBound,
      warmStart,
      signal: interrupt.signal,
      onIteration: (info: IterationInfo) => {
        shown?.add(info);
        log?.add(info);
      },
    });
  } finally {
    shown?.finish();
    interrupt.ignore();
  }
}

/** Products of matrices gain from threads from order 200 on, eigendecompositions from 400 (bench/results/threads.jsonl). */
function worthwhileThreads({ cones }: ConicProblem): number {
  const largest = cones.reduce((order, cone) => Math.max(order, cone.kind === "psd" ? cone.order : 0), 0);
  return largest < 200 ? 1 : Math.min(availableParallelism(), 8);
}
