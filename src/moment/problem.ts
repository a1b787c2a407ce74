import { ProblemError } from "../errors.ts";
import { Polynomial } from "./polynomial.ts";
import { PolynomialRing } from "./ring.ts";

/** Values of a binary variable. */
export type BinaryKind = "plusMinusOne" | "zeroOne";

/**
 * min ‖r(x)‖ over polynomial residuals. The relaxation is of the norm of the residuals' moments, which are
 * linear in the moments: a second-order cone (`two`) or rows (`max`), so its order follows the residuals'
 * degree and not twice that.
 */
export interface NormObjective {
  readonly norm: "two" | "max";
  readonly residuals: readonly Polynomial[];
}

/** minimise (or maximise) a polynomial, or a norm of polynomials, subject to g(x) ≥ 0 and h(x) = 0. */
export interface PolynomialProblem {
  readonly variables: readonly string[];
  /** Default "min". Norms are minimised. */
  readonly sense?: "min" | "max";
  readonly objective: Polynomial | NormObjective;
  /** g ≥ 0. */
  readonly inequalities?: readonly Polynomial[];
  /** h = 0. */
  readonly equalities?: readonly Polynomial[];
  /** Variables with two values: their squares are reduced in every monomial. */
  readonly binary?: readonly { readonly variable: number; readonly kind: BinaryKind }[];
  /**
   * A box known to hold some minimiser, [lower, upper] by variable; ±Infinity where unknown. It is used to
   * scale and to certify bounds, and is not added to the constraints.
   */
  readonly box?: readonly (readonly [number, number])[];
  /**
   * Magnitudes that the variables are expected to have: the relaxation is scaled by them instead of by the
   * box.
   */
  readonly typical?: ArrayLike<number>;
}

/** A problem with every part present and checked, minimised, with binary equalities recognised. */
export interface CompleteProblem {
  readonly ring: PolynomialRing;
  readonly n: number;
  /** +1 min, −1 max: value of the problem = sign · minimised value. */
  readonly sign: 1 | -1;
  readonly objective: Polynomial | NormObjective;
  readonly inequalities: readonly Polynomial[];
  readonly equalities: readonly Polynomial[];
  readonly binary: ReadonlyMap<number, BinaryKind>;
  readonly box: readonly (readonly [number, number])[];
  readonly typical: ArrayLike<number> | undefined;
}

export function isNorm(objective: Polynomial | NormObjective): objective is NormObjective {
  return !(objective instanceof Polynomial);
}

/** Value of the objective at x. */
export function objectiveValue(objective: Polynomial | NormObjective, x: ArrayLike<number>): number {
  if (!isNorm(objective)) return objective.evaluate(x);
  const values = objective.residuals.map((r) => r.evaluate(x));
  return objective.norm === "max"
    ? values.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
    : Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
}

/** Largest violation of a constraint at x. */
export function violation(problem: CompleteProblem, x: ArrayLike<number>): number {
  let worst = 0;
  for (const g of problem.inequalities) worst = Math.max(worst, -g.evaluate(x));
  for (const h of problem.equalities) worst = Math.max(worst, Math.abs(h.evaluate(x)));
  for (const [v, kind] of problem.binary) {
    worst = Math.max(worst, Math.abs(kind === "zeroOne" ? x[v] * (x[v] - 1) : x[v] * x[v] - 1));
  }
  return worst;
}

/** @throws ProblemError for variables out of range, contradictory constants, bad boxes */
export function completeProblem(problem: PolynomialProblem): CompleteProblem {
  const ring = new PolynomialRing(problem.variables);
  const n = ring.names.length;
  if (n === 0)
    throw new ProblemError("a polynomial problem needs at least one variable", { field: "variables" });
  if (n > 65_000) throw new ProblemError(`at most 65000 variables are possible, but there are ${n}`);
  const sign = problem.sense === "max" ? -1 : 1;
  const given = problem.objective;
  if (isNorm(given) && sign < 0) throw new ProblemError("a norm can only be minimised", { field: "sense" });
  const objective = isNorm(given) ? given : given.times(sign);
  const check = (field: string, polynomials: readonly Polynomial[]): void => {
    polynomials.forEach((p, index) => {
      const last = p.variables.at(-1) ?? 0;
      if (last >= n) {
        throw new ProblemError(`${field}[${index}] uses variable number ${last + 1}, but there are ${n}`, {
          field,
          index,
        });
      }
    });
  };
  check("objective", isNorm(objective) ? objective.residuals : [objective]);
  const inequalities = problem.inequalities ?? [];
  const equalities = problem.equalities ?? [];
  check("inequalities", inequalities);
  check("equalities", equalities);
  const binary = new Map<number, BinaryKind>();
  for (const { variable, kind } of problem.binary ?? []) {
    if (!Number.isInteger(variable) || variable < 0 || variable >= n) {
      throw new ProblemError(`binary variable number ${variable} does not exist`, {
        field: "binary",
        value: variable,
      });
    }
    const before = binary.get(variable);
    if (before !== undefined && before !== kind) {
      throw new ProblemError(`the variable ${ring.names[variable]} is binary in two ways`, {
        field: "binary",
      });
    }
    binary.set(variable, kind);
  }
  const others = equalities.filter((h) => {
    const recognised = binaryEquality(h);
    if (!recognised || binary.has(recognised.variable)) return true;
    binary.set(recognised.variable, recognised.kind);
    return false;
  });
  if (problem.box && problem.box.length !== n) {
    throw new ProblemError(
      `box must have one interval for each of the ${n} variables, but has ${problem.box.length}`,
      {
        field: "box",
      },
    );
  }
  const box = problem.box ?? Array.from({ length: n }, () => [-Infinity, Infinity] as const);
  box.forEach(([low, high], index) => {
    if (!(low <= high))
      throw new ProblemError(`box[${index}] is empty: ${low} … ${high}`, { field: "box", index });
  });
  return {
    ring,
    n,
    sign,
    objective,
    inequalities,
    equalities: others,
    binary,
    box,
    typical: problem.typical,
  };
}

/** c·(x² − 1) or c·(x² − x). */
function binaryEquality(h: Polynomial): { variable: number; kind: BinaryKind } | undefined {
  const { terms } = h;
  if (terms.length !== 2) return undefined;
  const square = terms.find(({ monomial }) => monomial.length === 2 && monomial[0] === monomial[1]);
  const other = terms.find((term) => term !== square);
  if (!square || !other || other.coefficient !== -square.coefficient) return undefined;
  const variable = square.monomial[0];
  if (other.monomial.length === 0) return { variable, kind: "plusMinusOne" };
  return other.monomial.length === 1 && other.monomial[0] === variable
    ? { variable, kind: "zeroOne" }
    : undefined;
}
