import type { DenseKernels } from "../linear/dense-kernels.ts";
import { isSeparable, makeBlocks } from "./blocks.ts";
import type { ConeBlock } from "./cones/cone-block.ts";
import { copyIterate, Embedding, newIterate, stepIterate, type Iterate } from "./embedding.ts";
import { equilibrate, type Equilibrated } from "./equilibrate.ts";
import { chooseKkt } from "./kkt/choose.ts";
import { KktSystem } from "./kkt/kkt-system.ts";
import { measure, merit, type Measurement } from "./measure.ts";
import { toStandardForm, type StandardProblem } from "./preprocess.ts";
import type {
  CertificateCandidate,
  InteriorCounters,
  InteriorOptions,
  InteriorProblem,
  InteriorProgress,
  InteriorReason,
  InteriorResult,
  InteriorTimings,
  InteriorTolerances,
} from "./types.ts";
import { dot, normInf } from "./vector.ts";

const DEFAULT_TOLERANCES: InteriorTolerances = {
  feasibility: 1e-8,
  gap: 1e-8,
  objective: 1e-6,
  infeasibility: 1e-8,
};
/** Shorter steps than this mean that nothing is gained any more. */
const MIN_STEP = 1e-7;
/** A combined step below this is tried again with more centering, at least this much, and no correction. */
const SHORT_STEP = 0.1;
const CENTERING = 0.8;
/** Iterations without a better point before giving up. */
const PATIENCE = 12;

/**
 * Primal–dual interior-point method on the homogeneous embedding, with Nesterov–Todd scaling on symmetric
 * cones, Mehrotra's predictor and corrector, and Ruiz equilibration. It ends with the best point seen,
 * whose measures are those of the point in the problem's own units, or with a certificate.
 */
export async function interiorPoint(
  problem: InteriorProblem,
  kernels: DenseKernels,
  options: InteriorOptions = {},
): Promise<InteriorResult> {
  const started = performance.now();
  const timings: InteriorTimings = { total: 0, setup: 0, factorization: 0, solve: 0, cones: 0 };
  const counters: InteriorCounters = { factorizations: 0, solves: 0, refinementSteps: 0 };
  const verdict = toStandardForm(problem);
  if (verdict.kind !== "problem") return decidedAtOnce(problem, verdict, timings, counters);
  const solver = new InteriorSolver(problem, verdict.problem, kernels, options, timings, counters, started);
  return solver.run();
}

class InteriorSolver {
  private readonly blocks: ConeBlock[];
  private readonly scaled: Equilibrated;
  private readonly kkt: KktSystem;
  private readonly embedding: Embedding;
  private readonly tolerances: InteriorTolerances;
  private readonly bNorm: number;
  private readonly cNorm: number;
  private readonly v: Iterate;
  private readonly next: Iterate;
  private readonly affine: Iterate;
  private readonly combined: Iterate;
  private readonly best: Iterate;
  private readonly spare: Iterate;
  private readonly shift: Float64Array;
  private readonly yieldIfDue: () => Promise<void>;

  constructor(
    original: InteriorProblem,
    private readonly standard: StandardProblem,
    kernels: DenseKernels,
    private readonly options: InteriorOptions,
    private readonly timings: InteriorTimings,
    private readonly counters: InteriorCounters,
    private readonly started: number,
  ) {
    const { A, b, c, P, cones } = standard;
    const gap = options.tolerances?.gap ?? DEFAULT_TOLERANCES.gap;
    this.tolerances = { ...DEFAULT_TOLERANCES, objective: 100 * gap, ...options.tolerances };
    this.blocks = makeBlocks(cones, kernels);
    this.scaled = equilibrate(P, A, c, b, this.blocks, isSeparable);
    const reduced = chooseKkt(this.scaled.P, this.scaled.A, this.blocks, kernels);
    this.kkt = new KktSystem(this.scaled.P, this.scaled.A, this.blocks, reduced);
    this.embedding = new Embedding(
      this.scaled.P,
      this.scaled.A,
      this.scaled.c,
      this.scaled.b,
      this.blocks,
      this.kkt,
    );
    this.bNorm = normInf(original.b);
    this.cNorm = normInf(original.c);
    const n = c.length;
    const m = b.length;
    this.v = newIterate(n, m);
    this.next = newIterate(n, m);
    this.affine = newIterate(n, m);
    this.combined = newIterate(n, m);
    this.best = newIterate(n, m);
    this.spare = newIterate(n, m);
    this.shift = new Float64Array(m);
    this.yieldIfDue = options.yieldIfDue ?? (() => Promise.resolve());
    timings.setup = (performance.now() - started) / 1000;
  }

  async run(): Promise<InteriorResult> {
    const { v, next, affine, best, embedding, blocks, tolerances, options, shift } = this;
    const limit = options.maxIterations ?? 100;
    await this.start();
    let bestMerit = Infinity;
    let bestProgress: InteriorProgress | undefined;
    let sinceBest = 0;
    let step = 0;
    let sigma = 1;
    let reason: InteriorReason = "iterationLimit";
    let iteration = 0;
    for (; ; iteration++) {
      embedding.evaluate(v);
      const measured = measure(embedding, v, this.scaled, this.bNorm, this.cNorm);
      const value = merit(measured, tolerances);
      const progress = this.progress(iteration, measured, step, sigma);
      if (value < bestMerit || bestProgress === undefined) {
        if (value < 0.9 * bestMerit) sinceBest = 0;
        bestMerit = value;
        bestProgress = progress;
        copyIterate(v, best);
      } else sinceBest++;
      const stopAsked = options.onIteration?.(progress) === "stop";
      if (value <= 1) {
        reason = "optimal";
        break;
      }
      if (measured.primalCertificate <= tolerances.infeasibility) {
        reason = "primalInfeasible";
        break;
      }
      if (measured.dualCertificate <= tolerances.infeasibility) {
        reason = "dualInfeasible";
        break;
      }
      if (stopAsked) {
        reason = "stopped";
        break;
      }
      if (iteration >= limit) break;
      if (sinceBest > PATIENCE) {
        reason = "stalled";
        break;
      }
      await this.yieldIfDue();

      let clock = performance.now();
      let ok = blocks.every((block) => block.updateScaling(v.s, v.z, embedding.mu));
      clock = this.lap("cones", clock);
      ok = ok && (await this.factor());
      clock = performance.now();
      if (!ok) {
        reason = iteration === 0 ? "numericalFailure" : "stalled";
        break;
      }
      await this.yieldIfDue();

      for (const block of blocks) block.affineShift(v.s, shift);
      embedding.direction(v, 1, shift, v.tau * v.kappa, affine);
      clock = this.lap("solve", clock);
      const affineStep = this.maxStep(affine);
      sigma = (1 - affineStep) ** 3;
      await this.yieldIfDue();

      step = await this.combinedStep(sigma, 1);
      if (step < SHORT_STEP) {
        // The correction or too greedy a target may be to blame: centre instead.
        const careful = Math.max(sigma, CENTERING);
        const short = step;
        copyIterate(next, this.spare);
        step = await this.combinedStep(careful, 0);
        if (step > short) sigma = careful;
        else {
          step = short;
          copyIterate(this.spare, next);
          if (step > 0) this.accepts(next);
        }
      }
      if (step === 0) {
        reason = "stalled";
        break;
      }
      copyIterate(next, v);
      this.normalise();
    }
    return this.finish(reason, iteration, bestProgress);
  }

  /**
   * Direction towards σμ with `weight` times the second-order correction; `next` becomes the point that is
   * reached. Returns the step, 0 when none is possible.
   */
  private async combinedStep(sigma: number, weight: number): Promise<number> {
    const { v, next, affine, combined, embedding, blocks, shift } = this;
    let clock = performance.now();
    const sigmaMu = sigma * embedding.mu;
    for (const block of blocks) block.combinedShift(v.s, v.z, affine.s, affine.z, sigmaMu, weight, shift);
    clock = this.lap("cones", clock);
    const kappaShift = v.tau * v.kappa + weight * affine.tau * affine.kappa - sigmaMu;
    embedding.direction(v, 1 - sigma, shift, kappaShift, combined);
    clock = this.lap("solve", clock);
    await this.yieldIfDue();
    clock = performance.now();
    const toBoundary = this.maxStep(combined);
    let step = Math.min(1, (0.9 + 0.09 * Math.min(toBoundary, 1)) * toBoundary);
    for (let trial = 0; trial < 40 && step > MIN_STEP; trial++) {
      stepIterate(v, step, combined, next);
      if (this.accepts(next)) {
        this.lap("cones", clock);
        return step;
      }
      step *= 0.8;
    }
    this.lap("cones", clock);
    return 0;
  }

  /** A point with s and z of the size that the data asks for, on the ray of the cones' units; τ = κ = 1. */
  private async start(): Promise<void> {
    const { v, blocks } = this;
    for (const block of blocks) block.setUnit(v.s, v.z);
    await this.yieldIfDue();
    this.accepts(v);
  }

  /** Factors with as little regularisation as gives a usable solution for the constant right-hand side. */
  private async factor(): Promise<boolean> {
    for (let boost = 1; boost <= 1e6; boost *= 100) {
      let clock = performance.now();
      this.counters.factorizations++;
      const factored = await this.kkt.factor(this.balance(), boost, this.yieldIfDue);
      clock = this.lap("factorization", clock);
      const usable = factored && this.embedding.prepare(this.v);
      this.lap("solve", clock);
      if (usable) return true;
    }
    return false;
  }

  /** Size of s relative to z, the typical H. */
  private balance(): number {
    const { s, z } = this.v;
    const ratio = Math.sqrt(dot(s, s) / dot(z, z));
    return Number.isFinite(ratio) ? Math.min(Math.max(ratio, 1e-8), 1e8) : 1;
  }

  private accepts(v: Iterate): boolean {
    if (!(v.tau > 0 && v.kappa > 0)) return false;
    const mu = (dot(v.s, v.z) + v.tau * v.kappa) / (this.embedding.degree + 1);
    return this.blocks.every((block) => block.accept(v.s, v.z, mu));
  }

  /** The embedding is homogeneous: keep τ and κ from drifting to the ends of the number range. */
  private normalise(): void {
    const { v } = this;
    const size = Math.max(v.tau, v.kappa);
    if (size > 1e-4 && size < 1e4) return;
    const f = 1 / size;
    for (const a of [v.x, v.s, v.z]) for (let i = 0; i < a.length; i++) a[i] *= f;
    v.tau *= f;
    v.kappa *= f;
    this.accepts(v);
  }

  private maxStep(d: Iterate): number {
    const { v, blocks } = this;
    let alpha = 1;
    if (d.tau < 0) alpha = Math.min(alpha, -v.tau / d.tau);
    if (d.kappa < 0) alpha = Math.min(alpha, -v.kappa / d.kappa);
    for (const block of blocks) alpha = block.maxStep(v.s, v.z, d.s, d.z, alpha);
    return alpha;
  }

  private lap(part: "factorization" | "solve" | "cones", since: number): number {
    const now = performance.now();
    this.timings[part] += (now - since) / 1000;
    return now;
  }

  private progress(iteration: number, m: Measurement, step: number, sigma: number): InteriorProgress {
    return {
      iteration,
      primalObjective: m.primalObjective,
      dualObjective: m.dualObjective,
      primalResidual: m.primalResidual,
      dualResidual: m.dualResidual,
      gap: m.gap,
      objectiveError: m.objectiveError,
      mu: this.embedding.mu,
      tau: this.v.tau,
      kappa: this.v.kappa,
      step,
      sigma,
      seconds: (performance.now() - this.started) / 1000,
    };
  }

  private finish(
    reason: InteriorReason,
    iterations: number,
    best: InteriorProgress | undefined,
  ): InteriorResult {
    const { standard, scaled, timings, counters } = this;
    const certificate = this.certificate(reason);
    const at = this.best;
    const x = at.x.map((value, j) => (value * scaled.E[j]) / (scaled.sigma * at.tau));
    const z = at.z.map((value, i) => (value * scaled.D[i]) / (scaled.rho * at.tau));
    const s = at.s.map((value, i) => value / (scaled.D[i] * scaled.sigma * at.tau));
    counters.refinementSteps = this.kkt.refinementSteps;
    timings.total = (performance.now() - this.started) / 1000;
    return {
      reason,
      x,
      y: standard.restoreDual(z),
      s: standard.restoreSlack(x, s, false),
      ...(certificate === undefined ? {} : { certificate }),
      best:
        best ??
        this.progress(iterations, measure(this.embedding, this.v, scaled, this.bNorm, this.cNorm), 0, 1),
      iterations,
      timings,
      counters,
    };
  }

  /** The present iterate as a proof of infeasibility. */
  private certificate(reason: InteriorReason): CertificateCandidate | undefined {
    const { embedding, v, scaled, standard } = this;
    const found = measure(embedding, v, scaled, this.bNorm, this.cNorm);
    if (reason === "primalInfeasible") {
      const f = (-scaled.sigma * scaled.rho) / (embedding.bz * scaled.rho);
      const y = standard.restoreDual(v.z.map((value, i) => value * scaled.D[i] * f));
      return { kind: "primalInfeasible", y, residual: found.primalCertificate };
    }
    if (reason === "dualInfeasible") {
      const f = (-scaled.sigma * scaled.rho) / (embedding.cx * scaled.sigma);
      const x = v.x.map((value, j) => value * scaled.E[j] * f);
      const s = standard.restoreSlack(
        x,
        v.s.map((value, i) => (value / scaled.D[i]) * f),
        true,
      );
      return { kind: "dualInfeasible", x, s, residual: found.dualCertificate };
    }
    return undefined;
  }
}

/** Result for a problem whose infeasibility shows in its pattern. */
function decidedAtOnce(
  problem: InteriorProblem,
  verdict:
    | { readonly kind: "primalInfeasible"; readonly y: Float64Array }
    | { readonly kind: "dualInfeasible"; readonly x: Float64Array; readonly s: Float64Array },
  timings: InteriorTimings,
  counters: InteriorCounters,
): InteriorResult {
  return {
    reason: verdict.kind,
    x: new Float64Array(problem.c.length),
    y: new Float64Array(problem.b.length),
    s: problem.b.slice(),
    certificate: { ...verdict, residual: 0 },
    best: {
      iteration: 0,
      primalObjective: verdict.kind === "primalInfeasible" ? Infinity : -Infinity,
      dualObjective: verdict.kind === "primalInfeasible" ? Infinity : -Infinity,
      primalResidual: NaN,
      dualResidual: NaN,
      gap: NaN,
      objectiveError: NaN,
      mu: NaN,
      tau: 0,
      kappa: 1,
      step: 0,
      sigma: 0,
      seconds: 0,
    },
    iterations: 0,
    timings,
    counters,
  };
}
