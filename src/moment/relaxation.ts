import { ProblemError } from "../errors.ts";
import { monomialKey, monomialsUpTo, multiplyMonomials } from "./monomial.ts";
import type { Monomial } from "./monomial.ts";
import { Polynomial } from "./polynomial.ts";
import type { CompleteProblem } from "./problem.ts";
import { isNorm } from "./problem.ts";
import { binaryReduction, reduceBasis } from "./quotient.ts";
import type { Reduction } from "./quotient.ts";
import { cliqueOf, variableCliques } from "./sparsity/cliques.ts";
import { termBlocks } from "./sparsity/terms.ts";

export interface Sparsity {
  /** Split the variables into cliques. Default false. */
  readonly correlative?: boolean;
  /** Split the bases by term sparsity. Default false. */
  readonly term?: boolean;
}

/** L(multiplier · bᵢ · bⱼ) ⪰ 0, over the monomials of a basis. */
export interface MatrixBlock {
  readonly kind: "moment" | "localizing";
  /** Index of the inequality; −1 for moment matrices. */
  readonly constraint: number;
  readonly clique: number;
  readonly multiplier: Polynomial;
  readonly basis: readonly Monomial[];
}

/** L(h · m) = 0 for every multiplier m. */
export interface EqualityBlock {
  readonly constraint: number;
  readonly polynomial: Polynomial;
  readonly multipliers: readonly Monomial[];
}

/** The moment relaxation of an order: which moments, which matrices. */
export interface Relaxation {
  readonly problem: CompleteProblem;
  readonly order: number;
  readonly cliques: readonly (readonly number[])[];
  readonly reduce: Reduction;
  /** Monomials of the moments; moments[0] is 1. */
  readonly moments: readonly Monomial[];
  readonly indexOf: (monomial: Monomial) => number | undefined;
  readonly blocks: readonly MatrixBlock[];
  readonly equalities: readonly EqualityBlock[];
  /** A monomial of the objective that no matrix holds: the relaxation is unbounded. */
  readonly uncovered: Monomial | undefined;
}

/** Moments at most; beyond, memory and time are out of reach. */
const MOST_MOMENTS = 2_000_000;
/** Entries of all matrices at most. */
const MOST_ENTRIES = 20_000_000;

/** ⌈degree/2⌉ over objective and constraints: the least order of a relaxation. */
export function leastOrder(problem: CompleteProblem): number {
  const objective = isNorm(problem.objective) ? problem.objective.residuals : [problem.objective];
  const reduce = binaryReduction(problem.binary);
  let degree = 1;
  for (const p of [...objective, ...problem.inequalities, ...problem.equalities]) {
    for (const { monomial } of p.terms) degree = Math.max(degree, reduce(monomial).length);
  }
  return Math.ceil(degree / 2);
}

/** ⌈deg g/2⌉ over the constraints, at least 1: the step of the flat truncation test. */
export function flatnessStep(problem: CompleteProblem): number {
  return Math.max(1, ...[...problem.inequalities, ...problem.equalities].map((g) => Math.ceil(g.degree / 2)));
}

/**
 * Lays out the relaxation of an order.
 * @param gramBasis the basis of moment matrices without sparsity, where not all monomials up to the order are
 * wanted
 * @throws ProblemError when the order is below the least one, or the relaxation too large
 */
export function layOutRelaxation(
  problem: CompleteProblem,
  order: number,
  sparsity: Sparsity = {},
  gramBasis?: readonly Monomial[],
): Relaxation {
  const least = leastOrder(problem);
  if (!Number.isInteger(order) || order < least) {
    throw new ProblemError(
      `the degrees of this problem need an order of at least ${least}, but ${order} was asked for`,
      {
        field: "order",
        value: order,
      },
    );
  }
  const reduce = binaryReduction(problem.binary);
  const whole = [Array.from({ length: problem.n }, (_, v) => v)];
  const cliques = sparsity.correlative ? variableCliques(problem) : whole;
  const sets = cliques.map((clique) => new Set(clique));
  requireSize(cliques, order);

  const basisOf = (clique: number, degree: number): Monomial[] =>
    reduceBasis(monomialsUpTo(cliques[clique], degree), reduce);
  const candidates: MatrixBlock[] = cliques.map((_, clique) => ({
    kind: "moment",
    constraint: -1,
    clique,
    multiplier: Polynomial.constant(1),
    basis: gramBasis ?? basisOf(clique, order),
  }));
  problem.inequalities.forEach((g, constraint) => {
    const clique = cliqueOf(cliques, sets, g.variables);
    const basis = basisOf(clique, order - Math.ceil(g.degree / 2));
    candidates.push({ kind: "localizing", constraint, clique, multiplier: g, basis });
  });
  const blocks = sparsity.term ? splitByTerms(problem, candidates, reduce) : candidates;

  const moments: Monomial[] = [[]];
  const index = new Map<string, number>([["", 0]]);
  let entries = 0;
  for (const { multiplier, basis } of blocks) {
    const terms = multiplier.terms;
    entries += (terms.length * basis.length * (basis.length + 1)) / 2;
    if (entries > MOST_ENTRIES || moments.length > MOST_MOMENTS) tooLarge(order);
    for (let j = 0; j < basis.length; j++) {
      for (let i = j; i < basis.length; i++) {
        const product = multiplyMonomials(basis[i], basis[j]);
        for (const { monomial } of terms)
          add(monomial.length === 0 ? product : multiplyMonomials(monomial, product));
      }
    }
  }
  function add(monomial: Monomial): void {
    const reduced = reduce(monomial);
    const key = monomialKey(reduced);
    if (index.has(key)) return;
    index.set(key, moments.length);
    moments.push(reduced);
  }
  const indexOf = (monomial: Monomial): number | undefined => index.get(monomialKey(reduce(monomial)));

  const equalities = problem.equalities.map((polynomial, constraint) => {
    const clique = cliqueOf(cliques, sets, polynomial.variables);
    const supports = polynomial.terms.map(({ monomial }) => monomial);
    const multipliers = basisOf(clique, 2 * order - polynomial.degree).filter((m) =>
      supports.every((t) => indexOf(multiplyMonomials(t, m)) !== undefined),
    );
    return { constraint, polynomial, multipliers };
  });
  const objective = isNorm(problem.objective) ? problem.objective.residuals : [problem.objective];
  let uncovered: Monomial | undefined;
  for (const p of objective) {
    for (const { monomial } of p.terms) if (indexOf(monomial) === undefined) uncovered ??= monomial;
  }
  return { problem, order, cliques, reduce, moments, indexOf, blocks, equalities, uncovered };
}

function splitByTerms(
  problem: CompleteProblem,
  candidates: readonly MatrixBlock[],
  reduce: Reduction,
): MatrixBlock[] {
  const support = new Set<string>([""]);
  const objective = isNorm(problem.objective) ? problem.objective.residuals : [problem.objective];
  for (const p of [...objective, ...problem.inequalities, ...problem.equalities]) {
    for (const { monomial } of p.terms) support.add(monomialKey(reduce(monomial)));
  }
  return termBlocks(candidates, support, reduce).flatMap((parts, k) =>
    parts.map((part) => ({ ...candidates[k], basis: part.map((i) => candidates[k].basis[i]) })),
  );
}

function requireSize(cliques: readonly (readonly number[])[], order: number): void {
  let entries = 0;
  for (const clique of cliques) {
    let size = 1;
    for (let d = 1; d <= order; d++) size *= (clique.length + d) / d;
    entries += (size * (size + 1)) / 2;
  }
  if (entries > MOST_ENTRIES) tooLarge(order);
}

function tooLarge(order: number): never {
  throw new ProblemError(
    `the relaxation of order ${order} is too large; use sparsity (--sparse) or a smaller order`,
    {
      field: "order",
      value: order,
    },
  );
}

/** Sizes of the matrices and their number, largest first. */
export function blockSizes({ blocks }: Relaxation): { readonly size: number; readonly count: number }[] {
  const counts = new Map<number, number>();
  for (const { basis } of blocks) counts.set(basis.length, (counts.get(basis.length) ?? 0) + 1);
  return [...counts].map(([size, count]) => ({ size, count })).sort((a, b) => b.size - a.size);
}
