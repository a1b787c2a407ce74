import * as z from "zod";
import { SettingsError } from "../errors.ts";
import { parseConstraint, splitConstraint } from "../moment/constraint.ts";
import { minimizePolynomial } from "../moment/hierarchy.ts";
import { problemFromJson } from "../moment/json.ts";
import type { PolynomialProblem } from "../moment/problem.ts";
import { certificateJson, minimizeSummary } from "../moment/report.ts";
import { ringOf } from "../moment/ring.ts";
import { sosCertificate } from "../moment/sos.ts";
import { formatScientific } from "../report/format.ts";
import { inputJson, optionalInput } from "./input.ts";
import { backend, listOf, nonNegative, whole } from "./parameters.ts";
import { suggestion } from "./schema-fault.ts";
import type { InputSlot, Task, TaskFile, TaskHooks, TaskInput, TaskOutcome } from "./task.ts";

const parameters = z.strictObject({
  /** What to minimise, unless the input holds the problem: `x1^4 + 3*x1*x2 - 1`. */
  expression: z.string().min(1).optional(),
  /** Constraints of the expression: `x1^2 + x2^2 <= 1`. */
  subjectTo: listOf(z.string().min(1)).optional(),
  /** The problem of this name in an input that holds several. */
  problem: z.string().optional(),
  maximize: z.boolean().default(false),
  order: whole(1).optional(),
  maxOrder: whole(1).optional(),
  sparse: z.boolean().default(false),
  termSparse: z.boolean().default(false),
  ball: z.boolean().default(false),
  rankTolerance: z.number().min(1e-12).max(1).optional(),
  /** Seconds; 0 = none. */
  timeLimit: nonNegative.default(0),
  backend: backend.default("auto"),
  /** Whether to make the sum-of-squares certificate as a file. */
  certificate: z.boolean().default(false),
});
export type MinimizeParameters = z.output<typeof parameters>;

const problemSlot: InputSlot = {
  name: "problem",
  required: false,
  description: "a polynomial problem, or several, as JSON; without it the parameter expression says what to minimise",
  endings: ["json", "json.gz"],
};

/** `spectrahedron minimize`: a polynomial's global minimum by moment relaxations. */
export const minimizeTask: Task<MinimizeParameters> = {
  name: "minimize",
  description: "minimise a polynomial globally, by moment relaxations of growing order",
  inputs: [problemSlot],
  parameters,
  run,
};

async function run(
  asked: MinimizeParameters,
  inputs: Readonly<Record<string, TaskInput>>,
  { signal, onProgress }: TaskHooks,
): Promise<TaskOutcome> {
  const problem = await polynomialProblem(asked, optionalInput(inputs, problemSlot));
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const result = await minimizePolynomial(problem, {
    ...(asked.order !== undefined && { order: asked.order }),
    ...(asked.maxOrder !== undefined && { maxOrder: asked.maxOrder }),
    sparsity: { correlative: asked.sparse, term: asked.termSparse },
    redundantBall: asked.ball,
    ...(asked.rankTolerance !== undefined && { rankTolerance: asked.rankTolerance }),
    timeLimit: asked.timeLimit,
    backend: asked.backend,
    ...(signal && { signal }),
    ...(onProgress && {
      onProgress: (text: string) => onProgress({ text, seconds: seconds() }),
      onIteration: ({ phase, iteration, primalResidual, dualResidual, gap }) =>
        onProgress({
          text: `${phase} ${iteration}: residuals ${formatScientific(primalResidual)}, ${formatScientific(dualResidual)}`,
          ...{ seconds: seconds(), iteration, primalResidual, dualResidual, gap },
        }),
    }),
  });
  const files: TaskFile[] = [];
  if (asked.certificate && result.last) {
    const certificate = await sosCertificate(result.last);
    if (certificate) {
      const content = `${JSON.stringify(certificateJson(certificate))}\n`;
      files.push({ name: "certificate.json", mediaType: "application/json", content });
    }
  }
  return {
    status: result.status,
    reached: result.status === "optimal",
    record: minimizeSummary(result),
    files,
    figures: [],
  };
}

/**
 * The problem of an input, or of the expression and its constraints.
 * @throws SettingsError where neither or both are given, or the problem's name is needed or wrong; FormatError,
 * ProblemError for a faulty problem
 */
export async function polynomialProblem(
  asked: Pick<MinimizeParameters, "expression" | "subjectTo" | "problem" | "maximize">,
  input: TaskInput | undefined,
): Promise<PolynomialProblem> {
  const { expression, subjectTo, maximize } = asked;
  if (input === undefined) {
    if (expression === undefined) {
      throw new SettingsError("expression is missing: give a polynomial, or a problem as JSON", { field: "expression" });
    }
    return fromExpression(expression, subjectTo ?? [], maximize);
  }
  for (const [field, given] of [
    ["expression", expression !== undefined],
    ["subjectTo", subjectTo !== undefined],
    ["maximize", maximize],
  ] as const) {
    if (given) throw new SettingsError(`${field} goes without an input; write it into ${input.name} instead`, { field });
  }
  const json = await inputJson(input);
  const list = (json as { readonly problems?: unknown } | null)?.problems;
  if (!Array.isArray(list)) return problemFromJson(json);
  const named = list as { readonly name?: unknown }[];
  const names = named.map(({ name }) => String(name));
  if (asked.problem === undefined) {
    throw new SettingsError(`problem is missing: ${input.name} holds ${list.length}, ${names.join(", ")}`, { field: "problem" });
  }
  const at = names.indexOf(asked.problem);
  if (at < 0) {
    throw new SettingsError(`${input.name} has no problem "${asked.problem}"${suggestion(asked.problem, names)}`, {
      field: "problem",
      value: asked.problem,
    });
  }
  return problemFromJson(named[at]);
}

function fromExpression(text: string, subjectTo: readonly string[], maximize: boolean): PolynomialProblem {
  const sides = subjectTo.flatMap((constraint) => {
    const { left, right } = splitConstraint(constraint);
    return [left, right];
  });
  const ring = ringOf(text, ...sides);
  if (ring.names.length === 0) {
    throw new SettingsError(`the expression "${text}" has no variables`, { field: "expression", value: text });
  }
  const constraints = subjectTo.map((constraint) => parseConstraint(constraint, ring));
  return {
    variables: ring.names,
    sense: maximize ? "max" : "min",
    objective: ring.parse(text),
    inequalities: constraints.filter(({ kind }) => kind === "inequality").map((c) => c.polynomial),
    equalities: constraints.filter(({ kind }) => kind === "equality").map((c) => c.polynomial),
  };
}
