import { FormatError } from "../errors.ts";
import { factors } from "./monomial.ts";
import type { Monomial } from "./monomial.ts";
import { Polynomial } from "./polynomial.ts";
import type { PolynomialProblem } from "./problem.ts";
import { isNorm } from "./problem.ts";
import { PolynomialRing } from "./ring.ts";

/** A polynomial in JSON: [coefficient, [exponent of x₁, …, exponent of xₙ]] by term, or an expression. */
export type PolynomialJson = readonly (readonly [number, readonly number[]])[] | string;

/** A polynomial problem in JSON. */
export interface PolynomialProblemJson {
  readonly name?: string;
  readonly num_variables?: number;
  /** Default x1 … xn. */
  readonly variables?: readonly string[];
  readonly sense?: "min" | "max";
  readonly objective: PolynomialJson;
  readonly inequalities_ge0?: readonly PolynomialJson[];
  readonly equalities_eq0?: readonly PolynomialJson[];
  /** Zero-based variables with values −1 and 1. */
  readonly plus_minus_one?: readonly number[];
  /** Zero-based variables with values 0 and 1. */
  readonly zero_one?: readonly number[];
  /** Adds radius² − ‖x‖² ≥ 0. */
  readonly ball_radius?: number;
}

/** Fields that state the problem. */
const FORM: readonly string[] = [
  "name",
  "num_variables",
  "variables",
  "sense",
  "objective",
  "inequalities_ge0",
  "equalities_eq0",
  "plus_minus_one",
  "zero_one",
  "ball_radius",
];
/** Fields that are read over: where a problem is from, and what is known of its solution. */
const REMARKS: readonly string[] = [
  "source",
  "degree",
  "published_optimum",
  "f_opt",
  "f_opt_exact",
  "minimizers",
  "minimizers_note",
  "moment_relaxations",
  "note",
];

/**
 * Reads the JSON form.
 * @throws FormatError for a missing, unknown or malformed field; ProblemError for an unknown variable
 */
export function problemFromJson(value: unknown): PolynomialProblem & { readonly name?: string } {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    fail("the problem must be a JSON object");
  const json = value as Readonly<Record<string, unknown>>;
  for (const field of Object.keys(json)) {
    if (FORM.includes(field) || REMARKS.includes(field)) continue;
    fail(`unknown field "${field}"; a problem may have ${FORM.join(", ")}`, field);
  }
  const ring = readRing(json);
  const n = ring.names.length;
  if (json["sense"] !== undefined && json["sense"] !== "min" && json["sense"] !== "max") {
    fail('sense must be "min" or "max"', "sense");
  }
  if (json["objective"] === undefined) fail("objective is missing", "objective");
  const list = (field: string): Polynomial[] => {
    const entries = json[field] ?? [];
    if (!Array.isArray(entries)) fail(`${field} must be a list of polynomials`, field);
    return (entries as unknown[]).map((p, k) => readPolynomial(p, ring, `${field}[${k}]`));
  };
  const indices = (field: string): number[] => {
    const entries = json[field] ?? [];
    if (!Array.isArray(entries)) fail(`${field} must be a list of zero-based variable numbers`, field);
    return (entries as unknown[]).map((v) => {
      if (typeof v !== "number" || !Number.isInteger(v) || v < 0 || v >= n) {
        fail(`${field}: there is no variable number ${String(v)}; numbers go from 0 to ${n - 1}`, field);
      }
      return v as number;
    });
  };
  const inequalities = list("inequalities_ge0");
  const radius = json["ball_radius"];
  if (radius !== undefined) {
    if (typeof radius !== "number" || !(radius > 0 && Number.isFinite(radius))) {
      fail("ball_radius must be a positive number", "ball_radius");
    }
    inequalities.push(ballConstraint(n, radius as number));
  }
  return {
    ...(typeof json["name"] === "string" && { name: json["name"] }),
    variables: ring.names,
    sense: json["sense"] === "max" ? "max" : "min",
    objective: readPolynomial(json["objective"], ring, "objective"),
    inequalities,
    equalities: list("equalities_eq0"),
    binary: [
      ...indices("plus_minus_one").map((variable) => ({ variable, kind: "plusMinusOne" as const })),
      ...indices("zero_one").map((variable) => ({ variable, kind: "zeroOne" as const })),
    ],
  };
}

/** The JSON form of a problem with a polynomial objective. @throws FormatError for a norm, which has none */
export function problemToJson(problem: PolynomialProblem): PolynomialProblemJson {
  const { objective } = problem;
  if (isNorm(objective))
    throw new FormatError("a norm objective has no JSON form; write its epigraph form instead");
  const n = problem.variables.length;
  const write = (p: Polynomial): PolynomialJson =>
    p.terms.map(({ coefficient, monomial }) => [coefficient, exponents(monomial, n)] as const);
  const of = (kind: string): number[] =>
    (problem.binary ?? []).filter((b) => b.kind === kind).map(({ variable }) => variable);
  return {
    num_variables: n,
    variables: problem.variables,
    sense: problem.sense ?? "min",
    objective: write(objective),
    inequalities_ge0: (problem.inequalities ?? []).map(write),
    equalities_eq0: (problem.equalities ?? []).map(write),
    plus_minus_one: of("plusMinusOne"),
    zero_one: of("zeroOne"),
  };
}

/** radius² − Σx². */
export function ballConstraint(n: number, radius: number): Polynomial {
  return Polynomial.fromTerms([
    { coefficient: radius * radius, monomial: [] },
    ...Array.from({ length: n }, (_, v) => ({ coefficient: -1, monomial: [v, v] })),
  ]);
}

function readRing(json: Readonly<Record<string, unknown>>): PolynomialRing {
  const names = json["variables"];
  const count = json["num_variables"];
  if (names !== undefined) {
    if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) {
      fail("variables must be a list of names", "variables");
    }
    const list = names as string[];
    if (count !== undefined && count !== list.length) {
      fail(`num_variables is ${String(count)}, but ${list.length} variables are named`, "num_variables");
    }
    return new PolynomialRing(list);
  }
  if (typeof count !== "number" || !Number.isInteger(count) || count < 1 || count > 65_000) {
    fail("num_variables must be a whole number of at least 1 (or name the variables)", "num_variables");
  }
  return PolynomialRing.numbered(count as number);
}

function readPolynomial(value: unknown, ring: PolynomialRing, field: string): Polynomial {
  if (typeof value === "string") return ring.parse(value);
  if (!Array.isArray(value))
    fail(`${field} must be a list of [coefficient, exponents] or an expression`, field);
  const n = ring.names.length;
  return Polynomial.fromTerms(
    (value as unknown[]).map((term, k) => {
      const where = `${field}[${k}]`;
      if (!Array.isArray(term) || term.length !== 2 || !Array.isArray(term[1])) {
        fail(`${where} must be [coefficient, [exponents]]`, where);
      }
      const [coefficient, powers] = term as [unknown, unknown[]];
      if (typeof coefficient !== "number" || !Number.isFinite(coefficient)) {
        fail(`${where}: the coefficient must be a finite number`, where);
      }
      if (powers.length !== n) fail(`${where} has ${powers.length} exponents for ${n} variables`, where);
      const monomial: number[] = [];
      powers.forEach((e, v) => {
        if (typeof e !== "number" || !Number.isInteger(e) || e < 0 || e > 64) {
          fail(`${where}: an exponent must be a whole number from 0 to 64, but is ${String(e)}`, where);
        }
        for (let i = 0; i < (e as number); i++) monomial.push(v);
      });
      return { coefficient: coefficient as number, monomial };
    }),
  );
}

function exponents(monomial: Monomial, n: number): number[] {
  const list = new Array<number>(n).fill(0);
  for (const { variable, exponent } of factors(monomial)) list[variable] = exponent;
  return list;
}

function fail(message: string, field?: string): never {
  throw new FormatError(message, field === undefined ? {} : { field });
}
