import type { KktSolver } from "../../linear/kkt-solver.ts";
import { coneOffsets } from "../../problem/cones.ts";
import type { ConicPoint } from "../../problem/conic-problem.ts";
import type { EquilibratedProblem, ScaledData } from "../../problem/equilibrated-problem.ts";
import { scaleData, scalePoint, unscalePoint } from "../../problem/equilibrated-problem.ts";
import { addSymmetricProduct } from "../../problem/sparse-matrix.ts";
import type {
  AndersonType,
  Embedding,
  Measure,
  RayMeasure,
  Workspace,
  WorkspaceStatistics,
} from "../backend.ts";
import { CpuIterateHistory } from "./history.ts";
import { largerRoot } from "./tau-root.ts";
import { dot, maxNorm, maxNormDividedBy, twoNorm } from "./vectors.ts";

/** Products with Â; both overwrite `out`. */
export interface OperatorProducts {
  forward(x: Float64Array, out: Float64Array): void;
  adjoint(y: Float64Array, out: Float64Array): void;
}

/** Projects v in place onto the cones of the equilibrated problem. */
export interface ConeProjector {
  project(v: Float64Array): void;
  /** Ends what it has running beside the calling thread. */
  dispose?(): void;
}

export interface CpuWorkspaceParts {
  readonly problem: EquilibratedProblem;
  readonly products: OperatorProducts;
  readonly kkt: KktSolver;
  readonly cones: ConeProjector;
  readonly embedding: Embedding;
  readonly rhoX: number;
  readonly penalty: number;
  /** Default "f64". */
  readonly precision?: string;
  /** Default "cpu". */
  readonly backend?: string;
  /** Default: the linear solver's description. */
  readonly adapter?: string;
}

/** Weight d of τ in R. */
const TAU_WEIGHT = 10;
/** Zero-cone rows: their y is free and left to the linear system. */
const ZERO_CONE_FACTOR = 1000;
/** Below this, τ counts as this (SCS's guarded division). */
const LEAST_TAU = 1e-18;
/** Differences are projected and measured in full once ‖AᵀΔy‖ ≤ this·|bᵀΔy|, or the like for Δx, Δs. */
const RAY_GATE = 1e-3;
const CG_LEAST_TOLERANCE = 1e-12;
const CG_FACTOR = 0.2;
const CG_RATE = 1.5;

/** The f64 reference backend: every vector a Float64Array, nothing allocated between start and readPoint. */
export class CpuWorkspace implements Workspace {
  readonly backend: string;
  readonly adapter: string;
  readonly precision: string;
  readonly rows: number;
  readonly cols: number;
  readonly embedding: Embedding;
  readonly statistics: WorkspaceStatistics = {
    linearSolve: 0,
    projection: 0,
    factorizations: 0,
    conjugateGradientSteps: 0,
  };

  readonly #problem: EquilibratedProblem;
  readonly #products: OperatorProducts;
  readonly #kkt: KktSolver;
  readonly #cones: ConeProjector;
  readonly #rhoX: number;
  /** With P = 0 and τ frozen, R_x ∝ penalty as well: one factorisation serves every penalty. */
  readonly #factorOnce: boolean;
  readonly #zeroRow: Uint8Array;
  #penalty: number;
  #penaltyFactored = Number.NaN;
  #data: ScaledData;
  #b: Float64Array;
  #c: Float64Array;
  #normB = 0;
  #normC = 0;

  /** R over (x, w, τ). */
  readonly #r: Float64Array;
  readonly #v: Float64Array;
  readonly #u: Float64Array;
  readonly #uTilde: Float64Array;
  /** (·, s, κ). */
  readonly #rsk: Float64Array;
  /** K⁻¹(c, −b); homogeneous only. */
  readonly #g: Float64Array;
  readonly #gTau: { stale: boolean; gg: number } = { stale: true, gg: 0 };
  /** First n + m entries of ũ: the place a right-hand side is solved in. */
  readonly #solution: Float64Array;
  readonly #guess: Float64Array;
  #stepped = false;
  #input: Float64Array | undefined;
  #anchor: Float64Array | undefined;
  #moved: { slack: Float64Array; dual: Float64Array } | undefined;
  #cgTolerance = Infinity;

  // Views and scratch for the cone step and the measures.
  readonly #uX: Float64Array;
  readonly #uW: Float64Array;
  readonly #s: Float64Array;
  readonly #rW: Float64Array;
  /** x, y, s of the iteration before: their differences tend to rays when there is no solution. */
  readonly #lastX: Float64Array;
  readonly #lastY: Float64Array;
  readonly #lastS: Float64Array;
  readonly #ax: Float64Array;
  readonly #aty: Float64Array;
  readonly #px: Float64Array;
  readonly #rayX: Float64Array;
  readonly #rayY: Float64Array;
  readonly #rayS: Float64Array;

  constructor(parts: CpuWorkspaceParts) {
    const { problem } = parts;
    const m = problem.original.b.length;
    const n = problem.original.c.length;
    const N = n + m;
    this.rows = m;
    this.cols = n;
    this.embedding = parts.embedding;
    this.backend = parts.backend ?? "cpu";
    this.adapter = parts.adapter ?? parts.kkt.description;
    this.precision = parts.precision ?? "f64";
    this.#problem = problem;
    this.#products = parts.products;
    this.#kkt = parts.kkt;
    this.#cones = parts.cones;
    this.#rhoX = parts.rhoX;
    this.#penalty = parts.penalty;
    this.#factorOnce = parts.embedding === "frozen" && problem.P === undefined;
    this.#zeroRow = new Uint8Array(m);
    const offsets = coneOffsets(problem.cones);
    problem.cones.forEach((cone, k) => {
      if (cone.kind === "zero") this.#zeroRow.fill(1, offsets[k], offsets[k + 1]);
    });
    this.#r = new Float64Array(N + 1);
    this.#v = new Float64Array(N + 1);
    this.#u = new Float64Array(N + 1);
    this.#uTilde = new Float64Array(N + 1);
    this.#rsk = new Float64Array(N + 1);
    this.#g = new Float64Array(N);
    this.#solution = this.#uTilde.subarray(0, N);
    this.#guess = new Float64Array(n);
    this.#uX = this.#u.subarray(0, n);
    this.#uW = this.#u.subarray(n, N);
    this.#s = this.#rsk.subarray(n, N);
    this.#rW = this.#r.subarray(n, N);
    this.#lastX = new Float64Array(n);
    this.#lastY = new Float64Array(m);
    this.#lastS = new Float64Array(m);
    this.#ax = new Float64Array(m);
    this.#aty = new Float64Array(n);
    this.#px = new Float64Array(n);
    this.#rayX = new Float64Array(n);
    this.#rayY = new Float64Array(m);
    this.#rayS = new Float64Array(m);
    this.#data = scaleData(problem, problem.original.b, problem.original.c);
    this.#b = problem.original.b;
    this.#c = problem.original.c;
    this.updateData();
    this.#setWeights();
    this.start();
  }

  get penalty(): number {
    return this.#penalty;
  }

  dispose(): void {
    this.#cones.dispose?.();
  }

  updateData(b?: Float64Array, c?: Float64Array): void {
    const point = this.#stepped ? this.readPoint() : undefined;
    if (b) this.#b = b.slice();
    if (c) this.#c = c.slice();
    this.#data = scaleData(this.#problem, this.#b, this.#c);
    this.#normB = maxNorm(this.#b);
    this.#normC = maxNorm(this.#c);
    this.#gTau.stale = true;
    if (point) this.start(point);
  }

  start(point?: ConicPoint): void {
    const { cols: n, rows: m } = this;
    this.#v.fill(0);
    this.#v[n + m] = 1;
    this.#u.fill(0);
    this.#uTilde.fill(0);
    this.#rsk.fill(0);
    this.#u[n + m] = this.#uTilde[n + m] = 1;
    this.#stepped = false;
    this.#moved = undefined;
    this.#cgTolerance = Infinity;
    if (!point) return;
    scalePoint(this.#problem, this.#data, point, this.#uX, this.#uW, this.#s);
    for (let j = 0; j < n; j++) this.#v[j] = this.#uX[j];
    for (let i = 0; i < m; i++) this.#v[n + i] = this.#uW[i] + this.#s[i] / this.#rW[i];
  }

  setPenalty(penalty: number): void {
    if (penalty === this.#penalty) return;
    this.#penalty = penalty;
    this.#setWeights();
    const { cols: n, rows: m } = this;
    if (!this.#stepped) {
      // Only a starting point: (x, y + R_y⁻¹s) in the new weights.
      for (let i = 0; i < m; i++) this.#v[n + i] = this.#uW[i] + this.#s[i] / this.#rW[i];
      return;
    }
    // R⁺(v⁺ + u − 2ũ) = R(v + u − 2ũ) keeps s and κ.
    const last = this.embedding === "homogeneous" ? n + m + 1 : n + m;
    for (let i = 0; i < last; i++) this.#v[i] = this.#rsk[i] / this.#r[i] + 2 * this.#uTilde[i] - this.#u[i];
  }

  #setWeights(): void {
    const { cols: n, rows: m } = this;
    const r = this.#r;
    r.fill(this.#factorOnce ? this.#rhoX * this.#penalty : this.#rhoX, 0, n);
    for (let i = 0; i < m; i++) {
      r[n + i] = 1 / (this.#zeroRow[i] === 1 ? ZERO_CONE_FACTOR * this.#penalty : this.#penalty);
    }
    r[n + m] = TAU_WEIGHT;
    this.#gTau.stale = true;
  }

  #factor(): void {
    const wanted = this.#factorOnce ? 1 : this.#penalty;
    if (wanted === this.#penaltyFactored) return;
    const { cols: n, rows: m } = this;
    const rx = this.#r.slice(0, n);
    const ry = this.#r.slice(n, n + m);
    if (this.#factorOnce) {
      for (let j = 0; j < n; j++) rx[j] /= this.#penalty;
      for (let i = 0; i < m; i++) ry[i] *= this.#penalty;
    }
    this.#kkt.update(rx, ry);
    this.#penaltyFactored = wanted;
    this.statistics.factorizations++;
  }

  /** rhs ← K⁻¹ rhs. */
  #solve(rhs: Float64Array, tolerance: number, guess?: Float64Array): void {
    const { cols: n, rows: m } = this;
    const scale = this.#factorOnce ? this.#penalty : 1;
    if (scale !== 1) for (let j = 0; j < n; j++) rhs[j] /= scale;
    this.statistics.conjugateGradientSteps += this.#kkt.solve(rhs, tolerance / scale, guess);
    if (scale !== 1) for (let i = n; i < n + m; i++) rhs[i] *= scale;
  }

  affineStep(iteration: number): void {
    const began = performance.now();
    const { cols: n, rows: m } = this;
    const N = n + m;
    const homogeneous = this.embedding === "homogeneous";
    const { b, c } = this.#data;
    this.#factor();
    if (homogeneous) this.#prepareEmbedding(iteration);
    this.#input?.set(this.#v);
    const v = this.#v;
    const r = this.#r;
    const p = this.#solution;
    if (homogeneous) {
      for (let j = 0; j < n; j++) p[j] = r[j] * v[j];
      for (let i = n; i < N; i++) p[i] = -r[i] * v[i];
    } else {
      for (let j = 0; j < n; j++) p[j] = r[j] * v[j] - c[j];
      for (let i = n; i < N; i++) p[i] = b[i - n] - r[i] * v[i];
    }
    if (this.#kkt.method === "cg") this.#solve(p, this.#innerTolerance(iteration), this.#guess);
    else this.#solve(p, CG_LEAST_TOLERANCE);
    const tau = homogeneous && iteration > 0 ? this.#tauRoot() : 1;
    if (homogeneous) for (let i = 0; i < N; i++) p[i] -= tau * this.#g[i];
    this.#uTilde[N] = tau;
    this.statistics.linearSolve += (performance.now() - began) / 1000;
  }

  /** v ← v·√(N+1)/‖v‖ after the first iteration, and g = K⁻¹(c, −b). */
  #prepareEmbedding(iteration: number): void {
    const { cols: n, rows: m } = this;
    const v = this.#v;
    if (this.#gTau.stale) {
      const { b, c } = this.#data;
      for (let j = 0; j < n; j++) this.#g[j] = c[j];
      for (let i = 0; i < m; i++) this.#g[n + i] = -b[i];
      this.#solve(this.#g, CG_LEAST_TOLERANCE);
      let gg = 0;
      for (let i = 0; i < n + m; i++) gg += this.#g[i] * this.#g[i] * this.#r[i];
      this.#gTau.gg = gg;
      this.#gTau.stale = false;
    }
    if (iteration === 0) return;
    const norm = twoNorm(v);
    if (norm === 0) return;
    const factor = Math.sqrt(v.length) / norm;
    for (let i = 0; i < v.length; i++) v[i] *= factor;
  }

  #tauRoot(): number {
    const N = this.cols + this.rows;
    const g = this.#g;
    const p = this.#solution;
    const r = this.#r;
    const v = this.#v;
    let vg = 0;
    let pg = 0;
    let pp = 0;
    let pv = 0;
    for (let i = 0; i < N; i++) {
      const rp = r[i] * p[i];
      const rg = r[i] * g[i];
      vg += v[i] * rg;
      pg += p[i] * rg;
      pp += p[i] * rp;
      pv += v[i] * rp;
    }
    const weight = r[N];
    return largerRoot(weight + this.#gTau.gg, vg - 2 * pg - v[N] * weight, pp - pv);
  }

  /**
   * Inner accuracy of an iterative solver: follows the residuals, and k^−1.5 so that the errors stay
   * summable.
   */
  #innerTolerance(iteration: number): number {
    const { cols: n, rows: m } = this;
    const tau = this.#u[n + m];
    for (let j = 0; j < n; j++) this.#guess[j] = this.#uX[j];
    if (this.embedding === "homogeneous") for (let j = 0; j < n; j++) this.#guess[j] += tau * this.#g[j];
    const decay = maxNorm(this.#guess) / (iteration + 1) ** CG_RATE;
    return Math.max(CG_LEAST_TOLERANCE, CG_FACTOR * Math.min(this.#cgTolerance, decay));
  }

  coneStep(iteration: number): void {
    const began = performance.now();
    const { cols: n, rows: m } = this;
    const N = n + m;
    const v = this.#v;
    const u = this.#u;
    const uTilde = this.#uTilde;
    const rsk = this.#rsk;
    if (this.embedding === "frozen") {
      this.#lastX.set(this.#uX);
      this.#lastY.set(this.#uW);
      this.#lastS.set(this.#s);
    }
    for (let j = 0; j < n; j++) {
      u[j] = 2 * uTilde[j] - v[j];
      rsk[j] = 0;
    }
    // Moreau in the R-metric: s = Π_K(−R w), y = w + R⁻¹s for w = 2ũ − v.
    const s = this.#s;
    for (let i = 0; i < m; i++) {
      u[n + i] = 2 * uTilde[n + i] - v[n + i];
      s[i] = -this.#rW[i] * u[n + i];
    }
    this.#cones.project(s);
    for (let i = 0; i < m; i++) u[n + i] += s[i] / this.#rW[i];
    if (this.embedding === "homogeneous") {
      const t = 2 * uTilde[N] - v[N];
      u[N] = iteration === 0 ? 1 : Math.max(0, t);
      rsk[N] = this.#r[N] * (u[N] - t);
    } else {
      u[N] = 1;
      rsk[N] = 0;
    }
    this.#stepped = true;
    this.statistics.projection += (performance.now() - began) / 1000;
  }

  relaxStep(relaxation: number): void {
    const v = this.#v;
    const u = this.#u;
    const uTilde = this.#uTilde;
    for (let i = 0; i < v.length; i++) v[i] += relaxation * (u[i] - uTilde[i]);
  }

  setAnchor(): void {
    this.#anchor ??= new Float64Array(this.#v.length);
    this.#anchor.set(this.#v);
  }

  pullToAnchor(anchorWeight: number): void {
    const anchor = this.#anchor;
    if (!anchor) throw new Error("pullToAnchor before setAnchor");
    const v = this.#v;
    for (let i = 0; i < v.length; i++) v[i] += anchorWeight * (anchor[i] - v[i]);
  }

  fixedPointError(): number {
    const u = this.#u;
    const uTilde = this.#uTilde;
    let sum = 0;
    for (let i = 0; i < u.length; i++) {
      const d = u[i] - uTilde[i];
      sum += this.#r[i] * d * d;
    }
    return Math.sqrt(sum);
  }

  movement(): { slack: number; dual: number } {
    const moved = (this.#moved ??= { slack: new Float64Array(this.rows), dual: new Float64Array(this.rows) });
    let slack = 0;
    let dual = 0;
    for (let i = 0; i < this.rows; i++) {
      if (this.#zeroRow[i] === 1) continue;
      slack += (this.#s[i] - moved.slack[i]) ** 2;
      dual += (this.#uW[i] - moved.dual[i]) ** 2;
    }
    moved.slack.set(this.#s);
    moved.dual.set(this.#uW);
    return { slack: Math.sqrt(slack), dual: Math.sqrt(dual) };
  }

  history(columns: number, type: AndersonType): CpuIterateHistory {
    const input = (this.#input ??= this.#v.slice());
    return new CpuIterateHistory({ input, v: this.#v }, columns, type);
  }

  measure(iteration: number): Measure {
    const { cols: n, rows: m } = this;
    const { rowScale, colScale } = this.#problem;
    const { b, c, primalScale, dualScale } = this.#data;
    const tau = Math.abs(this.#u[n + m]);
    const x = this.#uX;
    const y = this.#uW;
    const s = this.#s;
    this.#products.forward(x, this.#ax);
    this.#products.adjoint(y, this.#aty);
    const xPx = this.#applyP(x);
    const over = 1 / Math.max(tau, LEAST_TAU);
    const toPrimal = over / primalScale;
    const toDual = over / dualScale;
    const objectiveScale = primalScale * dualScale;

    let primal = 0;
    let primalSquared = 0;
    let scaledPrimal = 0;
    let axs = 0;
    let dualNorm = 0;
    let slackNorm = 0;
    let by = 0;
    for (let i = 0; i < m; i++) {
      const sum = this.#ax[i] + s[i];
      const residual = sum - tau * b[i];
      const unscaled = Math.abs(residual / rowScale[i]);
      primal = Math.max(primal, unscaled);
      primalSquared += unscaled * unscaled;
      axs = Math.max(axs, Math.abs(sum / rowScale[i]));
      scaledPrimal = Math.max(scaledPrimal, Math.abs(residual));
      by += y[i] * b[i];
      if (this.#zeroRow[i] === 1) continue;
      dualNorm += y[i] * y[i];
      slackNorm += s[i] * s[i];
    }
    let dual = 0;
    let dualSquared = 0;
    let scaledDual = 0;
    for (let j = 0; j < n; j++) {
      const residual = this.#px[j] + this.#aty[j] + tau * c[j];
      const unscaled = Math.abs(residual / colScale[j]);
      dual = Math.max(dual, unscaled);
      dualSquared += unscaled * unscaled;
      scaledDual = Math.max(scaledDual, Math.abs(residual));
    }
    const cx = dot(x, c);
    this.#cgTolerance = Math.min(scaledPrimal, scaledDual);
    const normPx = maxNormDividedBy(this.#px, colScale);
    const normAty = maxNormDividedBy(this.#aty, colScale);
    const measure = {
      iteration,
      tau,
      kappa: Math.abs(this.#rsk[n + m]) / objectiveScale,
      primalResidual: primal * toPrimal,
      dualResidual: dual * toDual,
      primalResidual2: Math.sqrt(primalSquared) * toPrimal,
      dualResidual2: Math.sqrt(dualSquared) * toDual,
      normAx: maxNormDividedBy(this.#ax, rowScale) * toPrimal,
      normS: maxNormDividedBy(s, rowScale) * toPrimal,
      normB: this.#normB,
      normPx: normPx * toDual,
      normAty: normAty * toDual,
      normC: this.#normC,
      xPx: (xPx * over * over) / objectiveScale,
      cx: (cx * over) / objectiveScale,
      by: (by * over) / objectiveScale,
      dualNorm: Math.sqrt(dualNorm),
      slackNorm: Math.sqrt(slackNorm),
      scaledPrimalResidual: scaledPrimal * over,
      scaledDualResidual: scaledDual * over,
      objectiveScale,
    };
    if (this.embedding === "frozen") {
      const ray = this.#measureDifference();
      return ray ? { ...measure, ray } : measure;
    }
    const ray: RayMeasure = {
      by: by / objectiveScale,
      normAty: normAty / dualScale,
      cx: cx / objectiveScale,
      normAxs: axs / primalScale,
      normPx: normPx / dualScale,
    };
    return { ...measure, ray };
  }

  /** px ← P̂x; returns xᵀP̂x. */
  #applyP(x: Float64Array): number {
    const { P } = this.#problem;
    this.#px.fill(0);
    if (!P) return 0;
    addSymmetricProduct(P, x, this.#px);
    return dot(this.#px, x);
  }

  /**
   * Differences of successive iterates tend to the minimal displacement of the map: zero when the problem has
   * a solution, else rays (Liu, Ryu, Yin, 2017; Banjac et al., 2019). Measured in full only when they look
   * like rays.
   */
  #measureDifference(): RayMeasure | undefined {
    const { cols: n, rows: m } = this;
    const { rowScale, colScale } = this.#problem;
    const { b, c, primalScale, dualScale } = this.#data;
    const x = this.#rayX;
    const y = this.#rayY;
    const s = this.#rayS;
    for (let j = 0; j < n; j++) x[j] = this.#u[j] - this.#lastX[j];
    for (let i = 0; i < m; i++) {
      y[i] = this.#uW[i] - this.#lastY[i];
      s[i] = this.#s[i] - this.#lastS[i];
    }
    const cx = dot(c, x);
    this.#products.forward(x, this.#ax);
    this.#products.adjoint(y, this.#aty);
    this.#applyP(x);
    const by = dot(b, y);
    let axs = 0;
    for (let i = 0; i < m; i++) axs = Math.max(axs, Math.abs(this.#ax[i] + s[i]));
    const dualHint = by < 0 && maxNorm(this.#aty) <= RAY_GATE * -by;
    const primalHint = cx < 0 && Math.max(axs, maxNorm(this.#px)) <= RAY_GATE * -cx;
    if (!dualHint && !primalHint) return undefined;
    this.#fillRay();
    this.#products.adjoint(y, this.#aty);
    axs = 0;
    for (let i = 0; i < m; i++) axs = Math.max(axs, Math.abs((this.#ax[i] + s[i]) / rowScale[i]));
    const objectiveScale = primalScale * dualScale;
    return {
      by: dot(b, y) / objectiveScale,
      normAty: maxNormDividedBy(this.#aty, colScale) / dualScale,
      cx: cx / objectiveScale,
      normAxs: axs / primalScale,
      normPx: maxNormDividedBy(this.#px, colScale) / dualScale,
    };
  }

  /**
   * Fills the ray from the current step: the iterate itself (homogeneous), or the split difference (frozen).
   */
  #fillRay(): void {
    const { cols: n, rows: m } = this;
    const y = this.#rayY;
    const s = this.#rayS;
    if (this.embedding === "homogeneous") {
      this.#rayX.set(this.#uX);
      y.set(this.#uW);
      s.set(this.#s);
      return;
    }
    for (let j = 0; j < n; j++) this.#rayX[j] = this.#u[j] - this.#lastX[j];
    // Moreau again, on the difference of w = y − R⁻¹s: rays in K* and K exactly.
    for (let i = 0; i < m; i++) {
      y[i] = this.#uW[i] - this.#lastY[i] - (this.#s[i] - this.#lastS[i]) / this.#rW[i];
      s[i] = -this.#rW[i] * y[i];
    }
    this.#cones.project(s);
    for (let i = 0; i < m; i++) y[i] += s[i] / this.#rW[i];
  }

  readPoint(): ConicPoint {
    const point = { x: this.#uX.slice(), y: this.#uW.slice(), s: this.#s.slice() };
    const tau = Math.abs(this.#u[this.cols + this.rows]);
    unscalePoint(this.#problem, this.#data, point, Math.max(tau, LEAST_TAU));
    return point;
  }

  readRay(): ConicPoint {
    this.#fillRay();
    const ray = { x: this.#rayX.slice(), y: this.#rayY.slice(), s: this.#rayS.slice() };
    unscalePoint(this.#problem, this.#data, ray);
    return ray;
  }
}
