import type { Measure } from "../backends/backend.ts";
import type { PenaltyRuleName } from "./splitting-settings.ts";

/** ‖Δŝ‖ and ‖Δŷ‖ since the rule was last due. */
export interface Movement {
  readonly slack: number;
  readonly dual: number;
}

/**
 * Chooses the penalty (R_y = 1/penalty): larger makes the primal residual fall faster, smaller the dual one.
 */
export interface PenaltyRule {
  /** Whether it wants a measure of this iteration, besides those of the checks. */
  due(iteration: number): boolean;
  /** The new penalty, or undefined to keep it. Called with every measure taken. */
  next(penalty: number, measure: Measure, movement?: Movement): number | undefined;
  /** For a loop that starts again at iteration 0. */
  reset(): void;
}

const SMALLEST = 1e-6;
const LARGEST = 1e6;
const TINY = 1e-18;

export function createPenaltyRule(name: PenaltyRuleName): PenaltyRule {
  switch (name) {
    case "fixed":
      return { due: () => false, next: () => undefined, reset: () => undefined };
    case "scs":
      return new ScsPenalty();
    case "normRatio":
      return new NormRatioPenalty();
    case "balance":
      return new BalancePenalty();
  }
}

function clip(penalty: number): number {
  return Math.min(Math.max(penalty, SMALLEST), LARGEST);
}

/** log of the ratio of the relative residuals, primal over dual (O'Donoghue, 2021, §5.3). */
function logResidualRatio(m: Measure): number {
  const primal = m.primalResidual / Math.max(m.normAx, m.normS, m.normB, TINY);
  const dual = m.dualResidual / Math.max(m.normPx, m.normAty, m.normC, TINY);
  return Math.log(Math.max(primal, TINY)) - Math.log(Math.max(dual, TINY));
}

/**
 * The root of the geometric mean of the residual ratios since the last change, once it leaves [1/√10, √10].
 */
class ScsPenalty implements PenaltyRule {
  static readonly #PATIENCE = 100;
  #last = 0;
  #sum = 0;
  #count = 0;

  due(): boolean {
    return false;
  }

  reset(): void {
    this.#last = this.#sum = this.#count = 0;
  }

  next(penalty: number, measure: Measure): number | undefined {
    this.#sum += logResidualRatio(measure);
    this.#count++;
    const factor = Math.sqrt(Math.exp(this.#sum / this.#count));
    if (measure.iteration - this.#last < ScsPenalty.#PATIENCE) return undefined;
    const wanted = clip(penalty * factor);
    if (wanted === penalty || (factor <= Math.sqrt(10) && factor >= 1 / Math.sqrt(10))) return undefined;
    this.#last = measure.iteration;
    this.#sum = this.#count = 0;
    return wanted;
  }
}

/**
 * Geometric mean of the penalty with (‖ŷ‖/‖ŝ‖)^¼·(‖Δŷ‖/‖Δŝ‖)^¾ in the equilibrated space, Δ since the last
 * time: the first ratio makes the two halves of v = y + R⁻¹s equally long, the second makes them move equally
 * far, which is what counts near the solution; the residuals have a say only when their ratio leaves [1/100,
 * 100]. At iterations 10, 16, 26, 42, … (each 1.6 times the last), so that in the end the penalty is as good
 * as fixed.
 */
class NormRatioPenalty implements PenaltyRule {
  static readonly #FIRST = 10;
  static readonly #GROWTH = 1.6;
  static readonly #TOLERATED = Math.log(100);
  #wanted = NormRatioPenalty.#FIRST;

  due(iteration: number): boolean {
    return iteration >= this.#wanted;
  }

  reset(): void {
    this.#wanted = NormRatioPenalty.#FIRST;
  }

  next(penalty: number, measure: Measure, movement?: Movement): number | undefined {
    if (!this.due(measure.iteration) || !movement) return undefined;
    this.#wanted = Math.round(this.#wanted * NormRatioPenalty.#GROWTH);
    const size = measure.dualNorm / measure.slackNorm;
    const speed = movement.dual / movement.slack;
    const ratio = logResidualRatio(measure);
    const excess = Math.max(0, Math.abs(ratio) - NormRatioPenalty.#TOLERATED);
    const correction = Math.exp(0.25 * Math.sign(ratio) * excess);
    const wanted = Math.sqrt(penalty * size ** 0.25 * speed ** 0.75) * correction;
    return wanted > 0 && Number.isFinite(wanted) ? clip(wanted) : undefined;
  }
}

/**
 * Follows the ratio of the relative residuals, by at most a factor that shrinks with every change of
 * direction.
 */
class BalancePenalty implements PenaltyRule {
  static readonly #EVERY = 20;
  #next = BalancePenalty.#EVERY;
  #limit = 2;
  #direction = 0;

  due(iteration: number): boolean {
    return iteration >= this.#next;
  }

  reset(): void {
    this.#next = BalancePenalty.#EVERY;
    this.#limit = 2;
    this.#direction = 0;
  }

  next(penalty: number, measure: Measure): number | undefined {
    if (!this.due(measure.iteration)) return undefined;
    this.#next = measure.iteration + BalancePenalty.#EVERY;
    const ratio = logResidualRatio(measure);
    if (Math.abs(ratio) < Math.log(1.5)) return undefined;
    const direction = Math.sign(ratio);
    if (this.#direction * direction < 0) this.#limit = 1 + (this.#limit - 1) * 0.7;
    this.#direction = direction;
    const factor = Math.min(Math.exp(Math.abs(ratio) / 2), this.#limit);
    return clip(direction > 0 ? penalty * factor : penalty / factor);
  }
}
