import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { Polynomial } from "../polynomial.ts";
import type { CompleteProblem } from "../problem.ts";
import { isNorm, objectiveValue, violation } from "../problem.ts";
import { AugmentedLagrangian } from "./augmented-lagrangian.ts";
import { flipSearch } from "./flip-search.ts";
import { levenbergMarquardt } from "./levenberg-marquardt.ts";
import type { ResidualFunction } from "./levenberg-marquardt.ts";
import { minimaxPolish } from "./minimax.ts";
import { residualSystem } from "./residual-system.ts";

export interface Candidate {
  readonly x: Float64Array;
  readonly value: number;
  /** Largest violation of a constraint. */
  readonly violation: number;
}

/** Improves points of one problem: the method follows from the objective and the variables. */
export class LocalSearch {
  readonly #problem: CompleteProblem;
  readonly #kernels: DenseKernels;
  #system: ResidualFunction | undefined;
  readonly #lagrangians = new Map<string, AugmentedLagrangian>();

  constructor(problem: CompleteProblem, kernels: DenseKernels) {
    this.#problem = problem;
    this.#kernels = kernels;
  }

  /**
   * @param rival value of a point that is known: of a norm, a local minimum that breaks constraints and is no
   * lower than this is returned as it is, since none that keeps them is to be expected nearby
   */
  async polish(start: Float64Array, rival = Infinity): Promise<Candidate> {
    const problem = this.#problem;
    const { objective, inequalities, equalities, binary } = problem;
    let x: Float64Array = start.slice();
    if (isNorm(objective) && binary.size === 0) {
      const system = (this.#system ??= residualSystem(objective.residuals, problem.n));
      let free = levenbergMarquardt(system, x, this.#kernels).x;
      if (objective.norm === "max") free = (await minimaxPolish(system, free)).x;
      const found = this.judge(free);
      // Constraints often hold by themselves, as a ball that is there for the bound only.
      if (inequalities.length + equalities.length === 0 || found.violation === 0) return found;
      if (found.value >= rival) return found;
    }
    if (binary.size > 0) {
      x = flipSearch(problem, x);
      if (binary.size === problem.n) return this.judge(x);
    }
    return this.judge(this.#continuous(x));
  }

  judge(x: Float64Array): Candidate {
    return { x, value: objectiveValue(this.#problem.objective, x), violation: violation(this.#problem, x) };
  }

  /** Binary variables stay as they are. */
  #continuous(x: Float64Array): Float64Array {
    const { objective, inequalities, equalities, binary, n } = this.#problem;
    const key = [...binary.keys()].map((v) => x[v]).join();
    let lagrangian = this.#lagrangians.get(key);
    if (!lagrangian) {
      const values = Array.from({ length: n }, (_, v) =>
        binary.has(v) ? Polynomial.constant(x[v]) : Polynomial.variable(v),
      );
      const fix = (p: Polynomial): Polynomial => (binary.size === 0 ? p : p.substitute(values));
      const f = isNorm(objective)
        ? objective.residuals.reduce((sum, r) => sum.plus(fix(r).power(2)), Polynomial.constant(0))
        : fix(objective);
      lagrangian = new AugmentedLagrangian({
        n,
        objective: f,
        inequalities: inequalities.map(fix),
        equalities: equalities.map(fix),
      });
      this.#lagrangians.set(key, lagrangian);
    }
    return lagrangian.minimize(x).x;
  }
}
