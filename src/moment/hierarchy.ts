import type { DenseKernels } from "../linear/dense-kernels.ts";
import { loadDenseKernels } from "../backends/cpu/kernels/load.ts";
import { assembleRelaxation } from "./assemble.ts";
import type { AssembledRelaxation } from "./assemble.ts";
import { feasibleBox } from "./bounds.ts";
import type { Interval } from "./bounds.ts";
import { readMinimizers } from "./candidates.ts";
import type { MomentReading } from "./candidates.ts";
import { needsSplitting, splitUntilCertified } from "./certified-splitting.ts";
import { certifyLowerBound } from "./certify.ts";
import type { CertifiedValue } from "./certify.ts";
import { sublevelRadius } from "./coercivity.ts";
import { normInf } from "../solver/vector.ts";
import { checkHierarchySettings, hierarchyDefaults } from "./hierarchy-settings.ts";
import type { HierarchySettings } from "./hierarchy-settings.ts";
import { LocalSearch } from "./local/local-search.ts";
import type { Candidate } from "./local/local-search.ts";
import { monomialsUpTo } from "./monomial.ts";
import type { Moments } from "./moment-matrix.ts";
import { newtonBasis } from "./newton-basis.ts";
import { Polynomial } from "./polynomial.ts";
import { completeProblem, isNorm } from "./problem.ts";
import type { CompleteProblem, PolynomialProblem } from "./problem.ts";
import { seededUniform } from "./random.ts";
import { blockSizes, layOutRelaxation, leastOrder } from "./relaxation.ts";
import type { Relaxation, Sparsity } from "./relaxation.ts";
import { scaleProblem, unscalePoint } from "./scaling.ts";
import type { ScaledProblem } from "./scaling.ts";
import { variableCliques } from "./sparsity/cliques.ts";
import { solveRelaxation } from "./solve-relaxation.ts";
import type { RelaxationStatus, SolvedRelaxation } from "./solve-relaxation.ts";

/**
 * - `optimal`: a feasible point within the gap tolerance of the bound.
 * - `bounded`: a bound, but no point that meets it; a higher order may help.
 * - `unbounded`: the relaxation of the last order has no finite value (the problem itself is unbounded when
 *   `unboundedProblem`). - `infeasible`: no feasible point, certified. - `stopped`: interrupted or out of
 * time.
 * - `failed`: the solver gave no value to rely on.
 */
export type HierarchyStatus = "optimal" | "bounded" | "unbounded" | "infeasible" | "stopped" | "failed";

/** One relaxation of the hierarchy, in the problem's own units and sense. */
export interface OrderReport {
  readonly order: number;
  readonly status: RelaxationStatus;
  /** Status of the conic solver, for the log. */
  readonly solverStatus: string;
  readonly value: number;
  readonly certifiedBound: CertifiedValue;
  readonly flat: boolean;
  readonly ranks: readonly number[];
  readonly extractionResidual: number | undefined;
  readonly blocks: readonly { readonly size: number; readonly count: number }[];
  readonly moments: number;
  readonly cliques: number;
  readonly iterations: number;
  readonly seconds: number;
}

/**
 * Results are in the problem's own units. For a maximisation, "lower" reads "upper" and the other way round.
 */
export interface HierarchyResult {
  readonly status: HierarchyStatus;
  readonly order: number;
  /** Value of the last relaxation; ±Infinity when unbounded or infeasible. */
  readonly relaxationValue: number;
  /** Best rigorous bound of all orders. */
  readonly certifiedLowerBound: CertifiedValue;
  /** Value at the best feasible point found. */
  readonly upperBound: number | undefined;
  /** Points within the gap tolerance of the relaxation's value. */
  readonly minimizers: readonly Float64Array[];
  /** Best point found, minimiser or not, with its largest violation of a constraint. */
  readonly bestPoint: Candidate | undefined;
  readonly flat: boolean;
  readonly ranks: readonly number[];
  /** Eigenvalues of moment matrices below this times the largest were counted as zero. */
  readonly rankTolerance: number | undefined;
  readonly unboundedProblem: boolean;
  readonly orders: readonly OrderReport[];
  readonly notes: readonly string[];
  readonly seconds: number;
  readonly backend: string;
  /** The last relaxation, for certificates and further reading; in scaled units. */
  readonly last: LastRelaxation | undefined;
}

export interface LastRelaxation {
  readonly scaled: ScaledProblem;
  readonly relaxation: Relaxation;
  readonly assembled: AssembledRelaxation;
  readonly moments: Moments;
  readonly dual: Float64Array;
}

/** Violations up to this, in scaled units, count as feasible. */
const FEASIBLE = 1e-7;
/** Local fits that must agree. */
const AGREEING = 4;
/** Tried in turn; see {@link readMinimizers}. */
const RANK_TOLERANCES = [1e-3, 1e-4, 1e-5, 1e-6];
/**
 * A local search that comes this low (times the largest coefficient), this far out, has run away to infinity.
 */
const DIVERGED = { value: -1e12, distance: 1e5 };
/** A minimiser may not lie further than this above the certified bound, relatively. */
const UNCERTIFIED_GAP = 1e-3;

/**
 * Minimises a polynomial problem by the Moment-SOS hierarchy (Lasserre 2001): relaxations of growing order
 * until flat truncation or a matching point, local polish of what is extracted, and a certified bound.
 *
 * @throws ProblemError for a malformed problem or an order that is too low; SettingsError
 */
export async function minimizePolynomial(
  problem: PolynomialProblem,
  settings: HierarchySettings = {},
): Promise<HierarchyResult> {
  checkHierarchySettings(settings);
  const complete = completeProblem(problem);
  const least = leastOrder(complete);
  const first = settings.order ?? least;
  // An order that is too low is refused before any work.
  if (first < least) layOutRelaxation(complete, first);
  const hierarchy = new Hierarchy(complete, settings, await loadDenseKernels());
  return hierarchy.run(first, settings.maxOrder ?? (settings.order === undefined ? least + 2 : first));
}

class Hierarchy {
  readonly #problem: CompleteProblem;
  readonly #settings: HierarchySettings;
  readonly #kernels: DenseKernels;
  readonly #local: LocalSearch;
  readonly #random: () => number;
  readonly #began = performance.now();
  readonly #reports: OrderReport[] = [];
  readonly #notes: string[] = [];
  #box: readonly Interval[];
  #best: Candidate | undefined;
  #certified: CertifiedValue = { value: undefined, reason: "no relaxation was solved" };
  #minimizers: Candidate[] = [];
  #last: SolvedRelaxation | undefined;
  #scaled: ScaledProblem | undefined;
  #reading: MomentReading | undefined;
  #backend = "cpu";

  constructor(problem: CompleteProblem, settings: HierarchySettings, kernels: DenseKernels) {
    this.#problem = problem;
    this.#settings = settings;
    this.#kernels = kernels;
    this.#local = new LocalSearch(problem, kernels);
    this.#random = seededUniform(settings.seed ?? hierarchyDefaults.seed);
    this.#box = feasibleBox(problem);
  }

  async run(first: number, last: number): Promise<HierarchyResult> {
    const problem = this.#problem;
    if (this.#isOddUnbounded()) {
      this.#notes.push("the objective has odd degree and no constraints: it is unbounded below");
      return this.#result("unbounded", first, true);
    }
    await this.#multiStart();
    if (this.#best && this.#ranAway(this.#best)) {
      this.#notes.push(
        `the objective is unbounded below: it is ${this.#best.value.toExponential(1)} at a feasible point`,
      );
      this.#best = undefined;
      return this.#result("unbounded", first, true);
    }
    await this.#boundBySublevelSet();
    let status: HierarchyStatus = "failed";
    let order = first;
    for (; order <= last; order++) {
      const relaxed = await this.#relax(order);
      status = this.#statusOf(relaxed);
      if (status === "optimal" || status === "infeasible" || status === "stopped" || order === last) break;
    }
    if (status === "unbounded" && problem.inequalities.length === 0) {
      this.#notes.push(
        "the relaxation is unbounded: the objective minus any constant is no sum of squares of this order",
      );
    }
    return this.#result(status, order, false);
  }

  /** One relaxation, once more in better units when it does not close the gap. */
  async #relax(order: number): Promise<SolvedRelaxation> {
    const point = this.#best?.x;
    const solved = await this.#solveScaled(order, scaleProblem(this.#problem, this.#box), "");
    if (!point || solved.status === "stopped" || solved.status === "infeasible") return solved;
    const bounded = this.#box.every(([low, high]) => Number.isFinite(low) && Number.isFinite(high));
    if (
      bounded
        ? this.#closed() || !this.#couldRescale(point)
        : solved.accurate || !this.#differsFromUnits(point)
    )
      return solved;
    const before = { reading: this.#reading, scaled: this.#scaled, minimizers: this.#minimizers };
    const bound = this.#lastBound();
    const scaled = bounded ? this.#rescaled(point) : scaleProblem(this.#problem, this.#box, point);
    const again = await this.#solveScaled(order, scaled, ", variables rescaled");
    // The same relaxation in other units: a better certificate, or the solver's word, says that it was solved
    // better.
    const better = bounded ? this.#lastBound() > bound : again.accurate && !solved.accurate;
    if (better) return again;
    this.#reports.pop();
    this.#reading = before.reading;
    this.#scaled = before.scaled;
    this.#minimizers = before.minimizers;
    this.#last = solved;
    return solved;
  }

  /** Certified bound of the last report, for the minimised objective. */
  #lastBound(): number {
    const { value } = this.#reports[this.#reports.length - 1].certifiedBound;
    return value === undefined ? -Infinity : this.#problem.sign * value;
  }

  #differsFromUnits(point: Float64Array): boolean {
    const size = normInf(point);
    return size > 2 || (size > 0 && size < 0.5);
  }

  /** Scaled by the best point where the box is much wider. */
  #rescaled(point: Float64Array): ScaledProblem {
    const narrow = this.#box.map(([low, high], v): Interval => {
      const reach = Math.max(Math.abs(low), Math.abs(high));
      const size = Math.max(Math.abs(point[v]), reach / 16);
      return reach > 4 * size ? [-size, size] : [low, high];
    });
    const scaled = scaleProblem(this.#problem, narrow);
    const box = this.#box.map(([low, high], v) => [low / scaled.scale[v], high / scaled.scale[v]] as const);
    return { ...scaled, box };
  }

  async #solveScaled(order: number, scaled: ScaledProblem, remark: string): Promise<SolvedRelaxation> {
    const { sparsity = {} } = this.#settings;
    const began = performance.now();
    const problem = this.#settings.redundantBall ? withBalls(scaled, sparsity) : scaled.problem;
    const relaxation = layOutRelaxation(problem, order, sparsity);
    const sizes = blockSizes(relaxation);
    this.#progress(
      `order ${order}${remark}: ${relaxation.moments.length} moments, matrices ` +
        sizes
          .slice(0, 6)
          .map(({ size, count }) => (count > 1 ? `${count} of ${size}` : `${size}`))
          .join(", ") +
        (sizes.length > 6 ? ", …" : ""),
    );
    let solved = await this.#solve(relaxation, scaled);
    if (solved.status === "failed" || !solved.accurate)
      solved = (await this.#reduced(order, scaled, solved)) ?? solved;
    this.#backend = solved.result?.backend ?? this.#backend;
    this.#last = solved;
    this.#scaled = scaled;
    const { objectiveScale } = scaled;
    const sign = this.#problem.sign;
    let certified: CertifiedValue = {
      value: undefined,
      reason: `the relaxation of order ${order} was not solved`,
    };
    let reading: MomentReading | undefined;
    if (solved.status === "solved") {
      this.#progress(`order ${order}: ranks and extraction`);
      reading = readMinimizers(
        solved.relaxation,
        solved.moments,
        this.#settings.rankTolerance === undefined ? RANK_TOLERANCES : [this.#settings.rankTolerance],
        this.#kernels,
        this.#random,
      );
      this.#progress(
        `order ${order}: local search from ${reading.points.length + reading.hints.length} points`,
      );
      await this.#polish(reading, scaled, solved.value / objectiveScale);
      certified = this.#certify(solved, scaled);
      this.#trustMinimizers(certified);
    }
    this.#reading = reading;
    this.#reports.push({
      order,
      status: solved.status,
      solverStatus: solved.result?.status ?? "structure",
      value: (sign * solved.value) / objectiveScale,
      certifiedBound: certified.value === undefined ? certified : { value: sign * certified.value },
      flat: reading?.flat ?? false,
      ranks: reading?.ranks ?? [],
      extractionResidual: reading?.residual,
      blocks: sizes,
      moments: relaxation.moments.length,
      cliques: relaxation.cliques.length,
      iterations: solved.result?.iterations ?? 0,
      seconds: (performance.now() - began) / 1000,
    });
    return solved;
  }

  /**
   * By the conic core; where that has the splitting alone and bounds are known, until the certified gap is
   * small.
   */
  async #solve(relaxation: Relaxation, scaled: ScaledProblem): Promise<SolvedRelaxation> {
    const bounded = scaled.box.every(([low, high]) => Number.isFinite(low) && Number.isFinite(high));
    if (!bounded || relaxation.uncovered || isNorm(relaxation.problem.objective)) {
      return solveRelaxation(relaxation, this.#solverSettings());
    }
    const assembled = assembleRelaxation(relaxation);
    if (!needsSplitting(assembled)) return solveRelaxation(relaxation, this.#solverSettings(), assembled);
    const { timeLimit = 0, signal, onProgress } = this.#settings;
    const bound = (dual: Float64Array): number => {
      const certified = certifyLowerBound(relaxation, assembled, dual, scaled.box, this.#kernels);
      return certified.value ?? -Infinity;
    };
    const outcome = await splitUntilCertified(relaxation, assembled, this.#kernels, {
      lower: bound,
      upper: async (moments) => {
        const z = Float64Array.from(scaled.scale, (_, v) => moments[relaxation.indexOf([v]) ?? 0]);
        this.#offer(await this.#local.polish(unscalePoint(scaled, z)));
        return this.#best ? this.#best.value * scaled.objectiveScale : Infinity;
      },
      // The gap in scaled units, so that relative to 1 means relative to the objective's own unit.
      gapTolerance: this.#gapTolerance(),
      timeLimit,
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    return {
      relaxation,
      assembled,
      status: outcome.reason === "stopped" ? "stopped" : "solved",
      accurate: outcome.reason === "gap",
      value: outcome.lower,
      moments: outcome.moments,
      dual: outcome.dual,
      result: undefined,
    };
  }

  /** Without constraints: the same bound over the monomials that a sum of squares can use. */
  async #reduced(
    order: number,
    scaled: ScaledProblem,
    full: SolvedRelaxation,
  ): Promise<SolvedRelaxation | undefined> {
    const { objective, inequalities, equalities, binary, n } = scaled.problem;
    if (
      isNorm(objective) ||
      inequalities.length + equalities.length + binary.size > 0 ||
      full.relaxation.cliques.length > 1
    ) {
      return undefined;
    }
    const everything = monomialsUpTo(
      Array.from({ length: n }, (_, v) => v),
      order,
    );
    const basis = newtonBasis(objective, everything);
    if (basis.length === everything.length) return undefined;
    const solved = await solveRelaxation(
      layOutRelaxation(scaled.problem, order, {}, basis),
      this.#solverSettings(),
    );
    if (solved.status === "solved" && full.status === "solved") return { ...full, value: solved.value };
    return solved.status === "failed" ? undefined : solved;
  }

  #solverSettings(): Parameters<typeof solveRelaxation>[1] {
    const {
      eps = hierarchyDefaults.eps,
      timeLimit = hierarchyDefaults.timeLimit,
      backend,
      signal,
      onIteration,
    } = this.#settings;
    const left = timeLimit > 0 ? Math.max(0.01, timeLimit - (performance.now() - this.#began) / 1000) : 0;
    return {
      eps,
      timeLimit: left,
      ...(backend && { backend }),
      ...(signal && { signal }),
      ...(onIteration && { onIteration }),
    };
  }

  #certify(solved: SolvedRelaxation, scaled: ScaledProblem): CertifiedValue {
    const normBound =
      this.#best === undefined ? Infinity : this.#best.value * scaled.objectiveScale * (1 + 1e-9);
    const { relaxation, assembled, dual } = solved;
    const bound = certifyLowerBound(relaxation, assembled, dual, scaled.box, this.#kernels, normBound);
    const nonnegative = isNorm(this.#problem.objective);
    const inUnits =
      bound.value === undefined
        ? bound
        : {
            value: nonnegative
              ? Math.max(0, bound.value / scaled.objectiveScale)
              : bound.value / scaled.objectiveScale,
          };
    const before = this.#certified.value;
    if (before === undefined || (inUnits.value !== undefined && inUnits.value > before))
      this.#certified = inUnits;
    return inUnits;
  }

  async #polish(reading: MomentReading, scaled: ScaledProblem, bound: number): Promise<void> {
    const found: Candidate[] = [];
    const tolerance = this.#gapTolerance();
    const attempt = async (z: Float64Array): Promise<Candidate> => {
      const start = unscalePoint(scaled, z);
      const polished = await this.#local.polish(start, this.#best?.value);
      const raw = this.#local.judge(start);
      const candidate =
        this.#feasible(polished) && (!this.#feasible(raw) || polished.value <= raw.value) ? polished : raw;
      this.#offer(candidate);
      const isMinimizer = candidate.value <= bound + tolerance * Math.max(1, Math.abs(bound));
      if (this.#feasible(candidate) && isMinimizer && isNew(candidate, found)) found.push(candidate);
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
        if (this.#stopAsked() || agreeing >= enough) break;
        const { value } = await attempt(z);
        agreeing = value < best * (1 - 1e-6) ? 1 : agreeing + (value <= best * (1 + 1e-6) ? 1 : 0);
        best = Math.min(best, value);
      }
    }
    if (
      found.length === 0 &&
      this.#best &&
      this.#best.value <= bound + tolerance * Math.max(1, Math.abs(bound))
    ) {
      found.push(this.#best);
    }
    this.#minimizers = found;
  }

  /** A relaxation solved badly can claim too high a value: its certificate then contradicts it. */
  #trustMinimizers({ value }: CertifiedValue): void {
    if (value === undefined) return;
    this.#minimizers = this.#minimizers.filter(
      (m) => m.value - value <= UNCERTIFIED_GAP * Math.max(1, Math.abs(m.value)),
    );
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

  async #multiStart(): Promise<void> {
    const n = this.#problem.n;
    const starts = this.#settings.starts ?? (n > 50 ? 2 : 6);
    if (starts > 0) this.#progress(`local search from ${starts} starting points`);
    for (let k = 0; k < starts && !this.#stopAsked(); k++) {
      const start = Float64Array.from(this.#box, ([low, high]) => {
        const from = Number.isFinite(low) ? low : Number.isFinite(high) ? high - 2 : -1;
        const to = Number.isFinite(high) ? high : from + 2;
        return k === 0 ? (from + to) / 2 : from + (to - from) * this.#random();
      });
      this.#offer(await this.#local.polish(start));
    }
  }

  /** Bounds on the variables from f ≤ f(best point), where the constraints give none. */
  async #boundBySublevelSet(): Promise<void> {
    const { objective, n, binary } = this.#problem;
    if (isNorm(objective) || !this.#best || binary.size > 0) return;
    if (this.#box.every(([low, high]) => Number.isFinite(low) && Number.isFinite(high))) return;
    const whole = this.#box.map((): Interval => [-Infinity, Infinity]);
    const scaled = scaleProblem({ ...this.#problem, inequalities: [], equalities: [] }, whole, this.#best.x);
    const f = scaled.problem.objective as Polynomial;
    const radius = await sublevelRadius(f, n, this.#best.value * scaled.objectiveScale, this.#kernels);
    if (radius === undefined) return;
    this.#box = this.#box.map(([low, high], v): Interval => {
      const reach = radius * scaled.scale[v];
      return [Math.max(low, -reach), Math.min(high, reach)];
    });
    this.#notes.push(
      `every minimiser lies within the sublevel set of the best point, whose radius is at most ${radius.toPrecision(3)} (scaled)`,
    );
  }

  #ranAway({ x, value }: Candidate): boolean {
    const { objective } = this.#problem;
    if (isNorm(objective) || this.#box.every(([low, high]) => Number.isFinite(low) && Number.isFinite(high)))
      return false;
    const size = objective.terms.reduce((most, { coefficient }) => Math.max(most, Math.abs(coefficient)), 1);
    return value < DIVERGED.value * size && normInf(x) > DIVERGED.distance;
  }

  #isOddUnbounded(): boolean {
    const { objective, inequalities, equalities, binary } = this.#problem;
    return (
      !isNorm(objective) &&
      inequalities.length + equalities.length + binary.size === 0 &&
      objective.degree % 2 === 1
    );
  }

  #couldRescale(point: Float64Array): boolean {
    return (
      this.#problem.typical === undefined &&
      this.#box.some(([low, high], v) => {
        const reach = Math.max(Math.abs(low), Math.abs(high));
        return Number.isFinite(reach) && !this.#problem.binary.has(v) && reach > 4 * Math.abs(point[v]);
      })
    );
  }

  /** Certified bound and best point within the gap tolerance. */
  #closed(): boolean {
    const best = this.#best;
    const lower = this.#certified.value;
    return (
      best !== undefined &&
      lower !== undefined &&
      best.value - lower <= this.#gapTolerance() * Math.max(1, Math.abs(best.value))
    );
  }

  #statusOf(solved: SolvedRelaxation): HierarchyStatus {
    switch (solved.status) {
      case "solved":
        return this.#minimizers.length > 0 ? "optimal" : "bounded";
      case "infeasible":
      case "unbounded":
      case "stopped":
      case "failed":
        return solved.status;
    }
  }

  #gapTolerance(): number {
    return this.#settings.gapTolerance ?? hierarchyDefaults.gapTolerance;
  }

  #stopAsked(): boolean {
    const { signal, timeLimit = 0 } = this.#settings;
    return signal?.aborted === true || (timeLimit > 0 && performance.now() - this.#began > 1000 * timeLimit);
  }

  #progress(text: string): void {
    this.#settings.onProgress?.(text);
  }

  #result(status: HierarchyStatus, order: number, unboundedProblem: boolean): HierarchyResult {
    const { sign } = this.#problem;
    const report = this.#reports[this.#reports.length - 1];
    const certified = this.#certified;
    return {
      status,
      order,
      relaxationValue: unboundedProblem ? -sign * Infinity : (report?.value ?? NaN),
      certifiedLowerBound: certified.value === undefined ? certified : { value: sign * certified.value },
      upperBound: status === "infeasible" || !this.#best ? undefined : sign * this.#best.value,
      minimizers: status === "optimal" ? this.#minimizers.map(({ x }) => x) : [],
      bestPoint: this.#best,
      flat: this.#reading?.flat ?? false,
      ranks: this.#reading?.ranks ?? [],
      rankTolerance: this.#reading?.rankTolerance,
      unboundedProblem,
      orders: this.#reports,
      notes: this.#notes,
      seconds: (performance.now() - this.#began) / 1000,
      backend: this.#backend,
      last: this.#last &&
        this.#scaled && {
          scaled: this.#scaled,
          relaxation: this.#last.relaxation,
          assembled: this.#last.assembled,
          moments: this.#last.moments,
          dual: this.#last.dual,
        },
    };
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

/** Adds, for every clique, Σ z² ≤ Σ (bounds)² over its variables, where all of them have bounds. */
function withBalls({ problem, box }: ScaledProblem, sparsity: Sparsity): CompleteProblem {
  const squares = box.map(([low, high]) => Math.max(low * low, high * high));
  const cliques = sparsity.correlative ? variableCliques(problem) : [squares.map((_, v) => v)];
  const balls = cliques
    .filter((clique) => clique.every((v) => Number.isFinite(squares[v])))
    .map((clique) =>
      Polynomial.fromTerms([
        { coefficient: clique.reduce((sum, v) => sum + squares[v], 0), monomial: [] },
        ...clique.map((v) => ({ coefficient: -1, monomial: [v, v] })),
      ]),
    );
  return { ...problem, inequalities: [...problem.inequalities, ...balls] };
}
