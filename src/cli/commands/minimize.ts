import { readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import type { BackendChoice } from "../../solver/settings.ts";
import { FormatError } from "../../errors.ts";
import { parseConstraint, splitConstraint } from "../../moment/constraint.ts";
import { minimizePolynomial } from "../../moment/hierarchy.ts";
import type { HierarchyResult, HierarchyStatus } from "../../moment/hierarchy-result.ts";
import { problemFromJson } from "../../moment/json.ts";
import type { PolynomialProblem } from "../../moment/problem.ts";
import { certificateJson, minimizeSummary } from "../../moment/report.ts";
import { ringOf } from "../../moment/ring.ts";
import { sosCertificate } from "../../moment/sos.ts";
import { formatCount, formatSeconds, formatSignificant } from "../../report/format.ts";
import { CliError } from "../cli-error.ts";
import { EXIT_INTERRUPTED } from "../exit-codes.ts";
import { InterruptHandler } from "../interrupt.ts";
import { numberBetween, wholeNumber } from "../options.ts";
import { checkDistinct, checkWritable, replaceText } from "../output-file.ts";

interface MinimizeOptions {
  readonly subjectTo?: string[];
  readonly problem?: string;
  readonly maximize?: boolean;
  readonly order?: number;
  readonly maxOrder?: number;
  readonly sparse?: boolean;
  readonly termSparse?: boolean;
  readonly ball?: boolean;
  readonly rankTolerance?: number;
  readonly timeLimit: number;
  readonly backend: BackendChoice;
  readonly certificate?: string;
  readonly json?: string | true;
  readonly quiet?: boolean;
}

const HELP = `
Examples:
  $ spectrahedron minimize "4*x^2 - 2.1*x^4 + x^6/3 + x*y - 4*y^2 + 4*y^4"
  $ spectrahedron minimize "x1*x2" --subject-to "x1^2 + x2^2 <= 1" --json
  $ spectrahedron minimize --maximize -- "-x^4 + x^2"        (-- before an expression that begins with a minus)
  $ spectrahedron minimize problem.json --max-order 4 --certificate sos.json

Exit codes:
  0    a global minimiser was found and matches the bound
  1    bad input
  2    a bound, but no minimiser that meets it (try --max-order), or a limit was reached
  3    infeasible (certified)
  4    the relaxation is unbounded
  5    numerical failure
  130  interrupted by Ctrl-C`;

/** `spectrahedron minimize PROBLEM`. */
export function minimizeCommand(): Command {
  return new Command("minimize")
    .description("minimise a polynomial globally, by moment relaxations of growing order")
    .argument("<problem>", 'JSON file, or a polynomial such as "x1^4 + 3*x1*x2 - 1"')
    .option("-s, --subject-to <constraints...>", 'constraints of an expression, such as "x1^2 + x2^2 <= 1"')
    .option("--problem <name>", "the problem of this name in a JSON file that holds several")
    .option("--maximize", "maximise an expression instead")
    .option("--order <k>", "order of the (first) relaxation; default the least one", wholeNumber(1))
    .option("--max-order <k>", "last order to try; default --order, or the least + 2", wholeNumber(1))
    .option("--sparse", "split the variables into cliques that share monomials (correlative sparsity)")
    .option("--term-sparse", "split the matrices by term sparsity")
    .option("--ball", "add the redundant ball that follows from the variables' bounds")
    .option(
      "--rank-tolerance <t>",
      "eigenvalues below t times the largest count as zero; default 1e-3 to 1e-6",
      numberBetween(1e-12, 1),
    )
    .option("--time-limit <seconds>", "0 = none", numberBetween(0, Number.MAX_VALUE), 0)
    .addOption(
      new Option("--backend <name>", "where the relaxations are solved").choices(["auto", "cpu", "webgpu"]).default("auto"),
    )
    .option("--certificate <file>", "write the sum-of-squares certificate as JSON")
    .option("--json [file]", "write the result as one JSON object, to standard output or a file")
    .option("--quiet", "print nothing but errors and what --json asks for")
    .addHelpText("after", HELP)
    .action(runMinimize);
}

async function runMinimize(text: string, options: MinimizeOptions): Promise<void> {
  const toStdout = options.json === true || options.json === "-";
  const jsonFile = typeof options.json === "string" && !toStdout ? options.json : undefined;
  const outputs = [options.certificate, jsonFile].filter((path) => path !== undefined);
  checkDistinct([text], outputs);
  for (const path of outputs) await checkWritable(path);
  const problem = await readPolynomialProblem(text, options);

  const print = (line: string): void => {
    if (!options.quiet) (toStdout ? process.stderr : process.stdout).write(`${line}\n`);
  };
  print(
    `${formatCount(problem.variables.length, "variable")}, ${formatCount(problem.inequalities?.length ?? 0, "inequality", "inequalities")}, ` +
      formatCount(problem.equalities?.length ?? 0, "equality", "equalities"),
  );
  const interrupt = new InterruptHandler();
  interrupt.listen();
  let result: HierarchyResult;
  try {
    result = await minimizePolynomial(problem, {
      ...(options.order !== undefined && { order: options.order }),
      ...(options.maxOrder !== undefined && { maxOrder: options.maxOrder }),
      sparsity: { correlative: options.sparse === true, term: options.termSparse === true },
      redundantBall: options.ball === true,
      ...(options.rankTolerance !== undefined && { rankTolerance: options.rankTolerance }),
      timeLimit: options.timeLimit,
      backend: options.backend,
      signal: interrupt.signal,
      ...(!options.quiet && { onProgress: (line: string) => void process.stderr.write(`  ${line}\n`) }),
    });
  } finally {
    interrupt.ignore();
  }
  print(describeResult(problem, result));
  const certificate =
    options.certificate === undefined || !result.last ? undefined : await sosCertificate(result.last);
  if (certificate) {
    print(
      `certificate: identity holds to ${certificate.identityError.toExponential(1)} in every coefficient (scaled)`,
    );
  }
  if (options.json !== undefined) {
    const line = `${JSON.stringify(minimizeSummary(result))}\n`;
    if (jsonFile === undefined) process.stdout.write(line);
    else await replaceText(jsonFile, line);
  }
  if (options.certificate !== undefined) {
    if (!certificate) throw new CliError("no certificate was written: no relaxation was solved");
    await replaceText(options.certificate, `${JSON.stringify(certificateJson(certificate))}\n`);
  }
  process.exitCode = exitCodeOf(result.status, interrupt.signal.aborted);
}

async function readPolynomialProblem(text: string, options: MinimizeOptions): Promise<PolynomialProblem> {
  if (!/\.json$/i.test(text)) return fromExpression(text, options);
  for (const [name, value] of [
    ["--subject-to", options.subjectTo],
    ["--maximize", options.maximize],
  ] as const) {
    if (value !== undefined)
      throw new CliError(`${name} goes with an expression; write it into ${text} instead`);
  }
  const content = await readFile(text, "utf8");
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (error) {
    throw new FormatError(`not JSON: ${(error as Error).message}`, { file: text });
  }
  const list = (json as { problems?: unknown } | null)?.problems;
  if (!Array.isArray(list)) return problemFromJson(json);
  const named = list as { readonly name?: unknown }[];
  if (options.problem === undefined)
    throw new CliError(`${text} holds ${list.length} problems; choose one with --problem`);
  const found = named.find(({ name }) => name === options.problem);
  if (!found)
    throw new CliError(
      `${text} has no problem "${options.problem}"; it has ${named.map((p) => String(p.name)).join(", ")}`,
    );
  return problemFromJson(found);
}

function fromExpression(text: string, { subjectTo = [], maximize }: MinimizeOptions): PolynomialProblem {
  const sides = subjectTo.flatMap((constraint) => {
    const { left, right } = splitConstraint(constraint);
    return [left, right];
  });
  const ring = ringOf(text, ...sides);
  if (ring.names.length === 0) throw new CliError(`"${text}" has no variables (a file must end in .json)`);
  const constraints = subjectTo.map((constraint) => parseConstraint(constraint, ring));
  return {
    variables: ring.names,
    sense: maximize ? "max" : "min",
    objective: ring.parse(text),
    inequalities: constraints.filter(({ kind }) => kind === "inequality").map((c) => c.polynomial),
    equalities: constraints.filter(({ kind }) => kind === "equality").map((c) => c.polynomial),
  };
}

const HEADLINES: Readonly<Record<HierarchyStatus, string>> = {
  optimal: "OPTIMAL: a feasible point meets the bound",
  bounded: "BOUND ONLY: no point found meets the bound",
  unbounded: "UNBOUNDED RELAXATION",
  infeasible: "INFEASIBLE (certified)",
  stopped: "STOPPED",
  failed: "NO RELIABLE VALUE",
};

function describeResult(problem: PolynomialProblem, result: HierarchyResult): string {
  const number = (value: number): string => formatSignificant(value, 10);
  const certified = result.certifiedLowerBound;
  const lines = [
    `${HEADLINES[result.status]} (order ${result.order}, ${formatSeconds(result.seconds)})`,
    `  relaxation   ${Number.isNaN(result.relaxationValue) ? "no value" : number(result.relaxationValue)}`,
    `  certified    ${certified.value === undefined ? `none: ${certified.reason}` : number(certified.value)}`,
    `  best point   ${result.upperBound === undefined ? "none found" : number(result.upperBound)}`,
    `  ranks        ${result.ranks.length === 0 ? "-" : result.ranks.join(", ")}${result.flat ? " (flat)" : ""}`,
  ];
  for (const x of result.minimizers.slice(0, 20)) {
    const entries = problem.variables.slice(0, 12).map((name, v) => `${name} = ${number(x[v])}`);
    lines.push(`  minimiser    ${entries.join(", ")}${problem.variables.length > 12 ? ", …" : ""}`);
  }
  for (const note of result.notes) lines.push(`  note         ${note}`);
  return lines.join("\n");
}

function exitCodeOf(status: HierarchyStatus, interrupted: boolean): number {
  if (interrupted) return EXIT_INTERRUPTED;
  switch (status) {
    case "optimal":
      return 0;
    case "bounded":
    case "stopped":
      return 2;
    case "infeasible":
      return 3;
    case "unbounded":
      return 4;
    case "failed":
      return 5;
  }
}
