import type { DenseKernels } from "../linear/dense-kernels.ts";
import { normInf } from "../solver/vector.ts";
import type { Interval } from "./bounds.ts";
import type { MomentReading } from "./candidates.ts";
import type { CertifiedValue } from "./certify.ts";
import { LocalSearch } from "./local/local-search.ts";
import type { Candidate } from "./local/local-search.ts";
import { isNorm } from "./problem.ts";
import type { CompleteProblem } from "./problem.ts";
import { unscalePoint } from "./scaling.ts";
import type { ScaledProblem } from "./scaling.ts";

/** Violations up to this, in scaled units, count as feasible. */
const FEASIBLE = 1e-7;
/** Local fits that must agree. */
const AGREEING = 4;
/**
 * A local search that comes this low (times the largest coefficient), this far out, has run away to infinity.
 */
const DIVERGED = { value: -1e12, distance: 1e5 };
/** A minimiser may not lie further than this above the certified bound, relatively. */
const UNCERTIFIED_GAP = 1e-3;

export interface IncumbentSettings {
  /** Relative to max(1, |value|). */
  readonly gapTolerance: number;
  readonly random: () => number;
  readonly stopAsked: () => boolean;
}

/** The best feasible point found so far, and the points that meet a relaxation's value. */
export class Incumbent {
  readonly #problem: CompleteProblem;
  readonly #settings: IncumbentSettings;
  readonly #local: LocalSearch;
  #best: Candidate | undefined;
  #minimizers: readonly Candidate[] = [];

  constructor(problem: CompleteProblem, settings: IncumbentSettings, kernels: DenseKernels) {
    this.#problem = problem;
    this.#settings = settings;
    this.#local = new LocalSearch(problem, kernels);
  }

  get best(): Candidate | undefined {
    return this.#best;
  }

  /** Of the relaxation read last. */
  get minimizers(): readonly Candidate[] {
    return this.#minimizers;
  }

  set minimizers(points: readonly Candidate[]) {
    this.#minimizers = points;
  }

  forget(): void {
    this.#best = undefined;
  }

  /** Local searches from points of the box. */
  async start(box: readonly Interval[], count: number): Promise<void> {
    for (let k = 0; k < count && !this.#settings.stopAsked(); k++) {
      const start = Float64Array.from(box, ([low, high]) => {
        const from = Number.isFinite(low) ? low : Number.isFinite(high) ? high - 2 : -1;
        const to = Number.isFinite(high) ? high : from + 2;
        return k === 0 ? (from + to) / 2 : from + (to - from) * this.#settings.random();
      });
      await this.improve(start);
    }
  }

  /** A local search from one point, which may itself be the better one. */
  async improve(start: Float64Array): Promise<void> {
    this.#offer(this.#local.judge(start));
    this.#offer(await this.#local.polish(start));
  }

  /**
   * Local searches from what a relaxation's moments say.
   * @param bound the relaxation's value
   */
  async read(reading: MomentReading, scaled: ScaledProblem, bound: number): Promise<void> {
    const found: Candidate[] = [];
    const reached = (value: number): boolean =>
      value <= bound + this.#settings.gapTolerance * Math.max(1, Math.abs(bound));
    const attempt = async (z: Float64Array): Promise<Candidate> => {
      const start = unscalePoint(scaled, z);
      const polished = await this.#local.polish(start, this.#best?.value);
      const raw = this.#local.judge(start);
      const candidate =
        this.#feasible(polished) && (!this.#feasible(raw) || polished.value <= raw.value) ? polished : raw;
      this.#offer(candidate);
      if (this.#feasible(candidate) && reached(candidate.value) && isNew(candidate, found))
        found.push(candidate);
      return candidate;
    };
    for (const z of reading.points) await attempt(z);
    if (found.length === 0) {
      // A least-squares fit that several starts agree on is taken as the best; of polynomials, all minimisers
      // are wanted.
      const { objective } = this.#problem;
      const enough = isNorm(objective) && objective.norm === "two" ? AGREEING : Infinity;
      let agreeing = 0;
      let best = Infinity;
      for (const z of reading.hints) {
        if (this.#settings.stopAsked() || agreeing >= enough) break;
        const { value } = await attempt(z);
        agreeing = value < best * (1 - 1e-6) ? 1 : agreeing + (value <= best * (1 + 1e-6) ? 1 : 0);
        best = Math.min(best, value);
      }
    }
    if (found.length === 0 && this.#best && reached(this.#best.value)) found.push(this.#best);
    this.#minimizers = found;
  }

  /** A relaxation solved badly can claim too high a value: its certificate then contradicts it. */
  trust({ value }: CertifiedValue): void {
    if (value === undefined) return;
    this.#minimizers = this.#minimizers.filter(
      (m) => m.value - value <= UNCERTIFIED_GAP * Math.max(1, Math.abs(m.value)),
    );
  }

  /** Whether the best point has gone to infinity; never within a bounded box. */
  ranAway(box: readonly Interval[]): boolean {
    const { objective } = this.#problem;
    if (!this.#best || isNorm(objective)) return false;
    if (box.every(([low, high]) => Number.isFinite(low) && Number.isFinite(high))) return false;
    const { x, value } = this.#best;
    const size = objective.terms.reduce((most, { coefficient }) => Math.max(most, Math.abs(coefficient)), 1);
    return value < DIVERGED.value * size && normInf(x) > DIVERGED.distance;
  }

  #offer(candidate: Candidate): void {
    if (!this.#feasible(candidate) || !Number.isFinite(candidate.value)) return;
    if (!this.#best || candidate.value < this.#best.value) this.#best = candidate;
  }

  #feasible(candidate: Candidate): boolean {
    return candidate.violation <= FEASIBLE * this.#constraintSize();
  }

  /** Largest coefficient of a constraint: violations are judged against it. */
  #constraintSize(): number {
    let size = 1;
    for (const g of [...this.#problem.inequalities, ...this.#problem.equalities]) {
      for (const { coefficient } of g.terms) size = Math.max(size, Math.abs(coefficient));
    }
    return size;
  }
}

function isNew(candidate: Candidate, found: readonly Candidate[]): boolean {
  return found.every(({ x }) => {
    let distance = 0;
    let size = 1;
    for (let v = 0; v < x.length; v++) {
      distance = Math.max(distance, Math.abs(x[v] - candidate.x[v]));
      size = Math.max(size, Math.abs(x[v]));
    }
    return distance > 1e-4 * size;
  });
}
