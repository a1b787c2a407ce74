import { loadDenseKernels } from "../backends/cpu/kernels/load.ts";
import type { DenseKernels } from "../linear/dense-kernels.ts";
import type { Settings } from "../solver/settings.ts";
import { normInf } from "../solver/vector.ts";
import { feasibleBox } from "./bounds.ts";
import type { Interval } from "./bounds.ts";
import { readMinimizers } from "./candidates.ts";
import type { MomentReading } from "./candidates.ts";
import { certifyLowerBound } from "./certify.ts";
import type { CertifiedValue } from "./certify.ts";
import { sublevelRadius } from "./coercivity.ts";
import type { HierarchyResult, HierarchyStatus, OrderReport } from "./hierarchy-result.ts";
import { checkHierarchySettings, hierarchyDefaults } from "./hierarchy-settings.ts";
import type { HierarchySettings } from "./hierarchy-settings.ts";
import { Incumbent } from "./incumbent.ts";
import type { Polynomial } from "./polynomial.ts";
import { completeProblem, isNorm } from "./problem.ts";
import type { CompleteProblem, PolynomialProblem } from "./problem.ts";
import { seededUniform } from "./random.ts";
import { blockSizes, layOutRelaxation, leastOrder } from "./relaxation.ts";
import { scaleProblem } from "./scaling.ts";
import type { ScaledProblem } from "./scaling.ts";
import { solveOrder, withBalls } from "./solve-order.ts";
import type { SolvedRelaxation } from "./solve-relaxation.ts";
import { certifyNorm } from "./sublevel/certify-norm.ts";
import { normLevel } from "./sublevel/norm-sublevel.ts";

/** Statuses that say themselves why there is no bound. */
const NOTHING_TO_CERTIFY: Readonly<Partial<Record<HierarchyStatus, string>>> = {
  infeasible: "there is no feasible point",
  unbounded: "the relaxation has no finite value",
};

/** Tried in turn; see {@link readMinimizers}. */
const RANK_TOLERANCES = [1e-3, 1e-4, 1e-5, 1e-6];

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
  readonly #incumbent: Incumbent;
  readonly #random: () => number;
  readonly #began = performance.now();
  readonly #reports: OrderReport[] = [];
  readonly #notes: string[] = [];
  #box: readonly Interval[];
  #certified: CertifiedValue = { value: undefined, reason: "no relaxation was solved" };
  #last: SolvedRelaxation | undefined;
  #scaled: ScaledProblem | undefined;
  #reading: MomentReading | undefined;
  #backend = "cpu";

  constructor(problem: CompleteProblem, settings: HierarchySettings, kernels: DenseKernels) {
    this.#problem = problem;
    this.#settings = settings;
    this.#kernels = kernels;
    this.#random = seededUniform(settings.seed ?? hierarchyDefaults.seed);
    const incumbent = {
      gapTolerance: this.#gapTolerance(),
      random: this.#random,
      stopAsked: () => this.#stopAsked(),
    };
    this.#incumbent = new Incumbent(problem, incumbent, kernels);
    this.#box = feasibleBox(problem);
  }

  async run(first: number, last: number): Promise<HierarchyResult> {
    const problem = this.#problem;
    if (this.#isOddUnbounded()) {
      this.#notes.push("the objective has odd degree and no constraints: it is unbounded below");
      return this.#result("unbounded", first, true);
    }
    const starts = this.#settings.starts ?? (problem.n > 50 ? 2 : 6);
    if (starts > 0) this.#progress(`local search from ${starts} starting points`);
    await this.#incumbent.start(this.#box, starts);
    const { best } = this.#incumbent;
    if (best && this.#incumbent.ranAway(this.#box)) {
      this.#notes.push(
        `the objective is unbounded below: it is ${best.value.toExponential(1)} at a feasible point`,
      );
      this.#incumbent.forget();
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
    if (status === "bounded" && (await this.#certifyNorm())) status = "optimal";
    if (status === "unbounded" && problem.inequalities.length === 0) {
      this.#notes.push(
        "the relaxation is unbounded: the objective minus any constant is no sum of squares of this order",
      );
    }
    return this.#result(status, order, false);
  }

  /** Of a norm without known bounds on the variables: certifies the best point; true when that closes the gap. */
  async #certifyNorm(): Promise<boolean> {
    const { objective, binary } = this.#problem;
    const { best } = this.#incumbent;
    if (!isNorm(objective) || !best || binary.size > 0 || this.#certified.value !== undefined) return false;
    this.#progress("certificate from the sub-level set of the best point");
    const level = normLevel(objective, best.x);
    const found = await certifyNorm(objective, level, this.#box, this.#kernels, this.#solverSettings());
    if (!found) return false;
    this.#certified = { value: Math.min(found.value, best.value) };
    if (!this.#closed()) return false;
    this.#incumbent.minimizers = [best];
    return true;
  }

  /** One relaxation, once more in better units when it does not close the gap. */
  async #relax(order: number): Promise<SolvedRelaxation> {
    const point = this.#incumbent.best?.x;
    const solved = await this.#solveScaled(order, scaleProblem(this.#problem, this.#box), "");
    if (!point || solved.status === "stopped" || solved.status === "infeasible") return solved;
    const bounded = this.#box.every(([low, high]) => Number.isFinite(low) && Number.isFinite(high));
    if (
      bounded
        ? this.#closed() || !this.#couldRescale(point)
        : solved.accurate || !this.#differsFromUnits(point)
    )
      return solved;
    const before = { reading: this.#reading, scaled: this.#scaled, minimizers: this.#incumbent.minimizers };
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
    this.#incumbent.minimizers = before.minimizers;
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
    const { onProgress } = this.#settings;
    const solved = await solveOrder(relaxation, scaled, {
      kernels: this.#kernels,
      incumbent: this.#incumbent,
      gapTolerance: this.#gapTolerance(),
      solver: this.#solverSettings(),
      ...(onProgress && { onProgress }),
    });
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
      await this.#incumbent.read(reading, scaled, solved.value / objectiveScale);
      certified = this.#certify(solved, scaled);
      this.#incumbent.trust(certified);
    } else if (solved.status === "stopped") {
      // Any multipliers give a bound.
      certified = this.#certify(solved, scaled);
    }
    this.#reading = reading;
    this.#reports.push({
      order,
      status: solved.status,
      solverStatus: solved.result?.status ?? "structure",
      // Where a solve was cut short its value is no bound.
      value: solved.status === "stopped" || solved.status === "failed" ? NaN : (sign * solved.value) / objectiveScale,
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

  #solverSettings(): Partial<Settings> {
    const {
      eps = hierarchyDefaults.eps,
      timeLimit = hierarchyDefaults.timeLimit,
      backend,
      signal,
      onIteration,
    } = this.#settings;
    const left = timeLimit > 0 ? Math.max(0.01, timeLimit - (performance.now() - this.#began) / 1000) : 0;
    return {
      ...this.#settings.solver,
      eps,
      timeLimit: left,
      ...(backend && { backend }),
      ...(signal && { signal }),
      ...(onIteration && { onIteration }),
    };
  }

  #certify(solved: SolvedRelaxation, scaled: ScaledProblem): CertifiedValue {
    const { best } = this.#incumbent;
    const normBound = best === undefined ? Infinity : best.value * scaled.objectiveScale * (1 + 1e-9);
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

  /** Bounds on the variables from f ≤ f(best point), where the constraints give none. */
  async #boundBySublevelSet(): Promise<void> {
    const { objective, n, binary } = this.#problem;
    const { best } = this.#incumbent;
    if (isNorm(objective) || !best || binary.size > 0) return;
    if (this.#box.every(([low, high]) => Number.isFinite(low) && Number.isFinite(high))) return;
    const whole = this.#box.map((): Interval => [-Infinity, Infinity]);
    const scaled = scaleProblem({ ...this.#problem, inequalities: [], equalities: [] }, whole, best.x);
    const f = scaled.problem.objective as Polynomial;
    const radius = await sublevelRadius(f, n, best.value * scaled.objectiveScale, this.#kernels);
    if (radius === undefined) return;
    this.#box = this.#box.map(([low, high], v): Interval => {
      const reach = radius * scaled.scale[v];
      return [Math.max(low, -reach), Math.min(high, reach)];
    });
    this.#notes.push(
      `every minimiser lies within the sublevel set of the best point, whose radius is at most ${radius.toPrecision(3)} (scaled)`,
    );
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
    const { best } = this.#incumbent;
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
        return this.#incumbent.minimizers.length > 0 ? "optimal" : "bounded";
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
    const { best, minimizers } = this.#incumbent;
    return {
      status,
      order,
      relaxationValue: unboundedProblem ? -sign * Infinity : (report?.value ?? NaN),
      certifiedLowerBound:
        certified.value === undefined
          ? { value: undefined, reason: NOTHING_TO_CERTIFY[status] ?? certified.reason }
          : { value: sign * certified.value },
      upperBound: status === "infeasible" || !best ? undefined : sign * best.value,
      minimizers: status === "optimal" ? minimizers.map(({ x }) => x) : [],
      bestPoint: best,
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
