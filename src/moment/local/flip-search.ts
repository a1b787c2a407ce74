import { CompiledPolynomial } from "./compiled.ts";
import type { CompleteProblem } from "../problem.ts";
import { isNorm, objectiveValue, violation } from "../problem.ts";

const PASSES = 1000;

/**
 * Rounds the binary variables, then flips single ones, and pairs when no single one helps, while that lowers
 * the objective (constraints weigh more than any objective).
 */
export function flipSearch(problem: CompleteProblem, start: Float64Array): Float64Array {
  const x = start.slice();
  const variables = [...problem.binary.keys()];
  for (const [v, kind] of problem.binary) {
    x[v] = kind === "zeroOne" ? (x[v] >= 0.5 ? 1 : 0) : x[v] >= 0 ? 1 : -1;
  }
  const value = judge(problem);
  const flip = (v: number): void => {
    x[v] = problem.binary.get(v) === "zeroOne" ? 1 - x[v] : -x[v];
  };
  let best = value(x);
  for (let pass = 0; pass < PASSES; pass++) {
    let improved = false;
    const attempt = (...group: number[]): boolean => {
      group.forEach(flip);
      const next = value(x);
      if (next < best - 1e-12 * (1 + Math.abs(best))) {
        best = next;
        improved = true;
        return true;
      }
      group.forEach(flip);
      return false;
    };
    for (const v of variables) attempt(v);
    if (!improved && variables.length <= 60) {
      search: for (const u of variables) for (const v of variables) if (v < u && attempt(u, v)) break search;
    }
    if (!improved) break;
  }
  return x;
}

function judge(problem: CompleteProblem): (x: Float64Array) => number {
  const { objective, inequalities, equalities } = problem;
  const compiled = isNorm(objective) ? undefined : new CompiledPolynomial(objective);
  const constrained = inequalities.length + equalities.length > 0;
  return (x) => {
    const value = compiled ? compiled.value(x) : objectiveValue(objective, x);
    return constrained ? value + 1e6 * violation(problem, x) : value;
  };
}
