import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { PsdProjector } from "../../backends/cpu/psd/project.ts";
import { svecLength, svecToMatrix, matrixToSvec } from "../../problem/svec.ts";
import { Acceleration } from "./anderson.ts";
import type { BlockPoint, BlockState, Norms, Penalties, SplittingEngine, SplittingProblem } from "./engine.ts";
import { createGramSolver, rowSums } from "./gram-solver.ts";
import type { GramMethod, GramSolver } from "./gram-types.ts";

/** Over-relaxation of the splitting. */
export const RELAXATION = 1.8;

/** Points that the acceleration looks back on, while they take no more than this many bytes; none below the least. */
const LOOKBACK = 8;
const LEAST_LOOKBACK = 3;
const LOOKBACK_BYTES = 2.5e8;

/** Share of the targets below which the distance of the predictions from them no longer drives their penalty. */
export const FLOOR = 0.01;

interface Block {
  active: boolean;
  readonly y: Float64Array;
  /** Projected blocks and scaled duals, svec. */
  readonly P: Float64Array;
  readonly M: Float64Array;
  readonly UP: Float64Array;
  readonly UM: Float64Array;
  /** Predictions on the cone side and their scaled dual; used by the losses other than the squared one. */
  readonly u: Float64Array;
  readonly w: Float64Array;
  /** Predictions of the targets, then those of the affine step. */
  readonly a: Float64Array;
  /** v = ν/σ of the affine step, and S = A*(v). */
  readonly v: Float64Array;
  readonly S: Float64Array;
  readonly muP: Float64Array;
  readonly muM: Float64Array;
  readonly acceleration: Acceleration | undefined;
}

/** The splitting in f64 on the CPU. */
export class CpuEngine implements SplittingEngine {
  readonly name = "cpu";
  readonly adapter = undefined;
  readonly notes: readonly string[];
  readonly seconds: Record<string, number> = { gram: 0, operator: 0, projection: 0, vectors: 0 };
  readonly #problem: SplittingProblem;
  readonly #solver: GramSolver;
  readonly #projector: PsdProjector;
  readonly #blocks: Block[];
  readonly #order: number;
  readonly #exact: boolean;
  /** Diagonals and traces of the forms; for the quadratic program. */
  readonly #diagonals: Float64Array | undefined;
  readonly #traces: Float64Array | undefined;
  readonly #T: Float64Array;
  readonly #TP: Float64Array;
  readonly #TM: Float64Array;
  readonly #point: Float64Array;
  readonly #image: Float64Array;
  #penalty: Penalties;
  #prepared = NaN;

  constructor(kernels: DenseKernels, problem: SplittingProblem, method?: GramMethod, notes: readonly string[] = []) {
    this.notes = notes;
    const { forms, program, loss, targets } = problem;
    const start = performance.now();
    const n = forms.count;
    const order = forms.order;
    this.#problem = problem;
    this.#order = order;
    this.#exact = loss.name === "squared";
    this.#solver = createGramSolver(kernels, forms, program, method);
    this.#projector = new PsdProjector(kernels, new Array<number>(2 * targets.length).fill(order));
    this.#diagonals = program === "quadratic" ? forms.diagonals() : undefined;
    this.#traces = this.#diagonals && rowSums(this.#diagonals, n, order);
    const N = svecLength(order);
    this.#T = new Float64Array(order * order);
    this.#TP = new Float64Array(N);
    this.#TM = new Float64Array(N);
    const parts = [2 * N, this.#exact ? 0 : n] as const;
    const room = LOOKBACK_BYTES / (16 * (parts[0] + parts[1]) * targets.length);
    const lookback = Math.min(LOOKBACK, Math.floor(room));
    this.#point = new Float64Array(parts[0] + parts[1]);
    this.#image = new Float64Array(parts[0] + parts[1]);
    const size = forms.squaredNorms().reduce((sum, s) => sum + s, 0) / n || 1;
    this.#penalty = { matrices: 1, predictions: 1 / size };
    this.#blocks = targets.map((y) => ({
      active: true,
      y,
      P: new Float64Array(N),
      M: new Float64Array(N),
      UP: new Float64Array(N),
      UM: new Float64Array(N),
      u: new Float64Array(n),
      w: new Float64Array(n),
      a: new Float64Array(n),
      v: new Float64Array(n),
      S: new Float64Array(N),
      muP: new Float64Array(order),
      muM: program === "quadratic" ? new Float64Array(order) : new Float64Array(0),
      acceleration: lookback >= LEAST_LOOKBACK ? new Acceleration(parts, lookback) : undefined,
    }));
    this.seconds.setup = (performance.now() - start) / 1000;
  }

  get penalty(): Penalties {
    return this.#penalty;
  }

  get penaltyCost(): number {
    const { forms, targets } = this.#problem;
    const products = 4 * forms.count * forms.columns ** 2;
    const projections = 18 * this.#order ** 3;
    return this.#solver.factorOperations / (targets.length * (products + projections));
  }

  get bytes(): number {
    const { forms } = this.#problem;
    const block = this.#blocks[0];
    const vectors = block.P.length * 5 + block.y.length * 5 + 2 * this.#order;
    return (
      this.#solver.bytes +
      this.#blocks.reduce((sum, { acceleration }) => sum + (acceleration?.bytes ?? 0), 0) +
      8 * (vectors * this.#blocks.length + 2 * forms.expanded.length + 4 * this.#order ** 2)
    );
  }

  iterate(count: number): void {
    for (let k = 0; k < count; k++) this.#step();
  }

  norms(): Norms {
    let primal = 0;
    let dual = 0;
    let primalU = 0;
    let dualU = 0;
    const centred = !this.#problem.loss.labelsOnly;
    for (const { active, P, M, UP, UM, u, w, y } of this.#blocks) {
      if (!active) continue;
      for (let i = 0; i < P.length; i++) {
        primal += P[i] * P[i] + M[i] * M[i];
        dual += UP[i] * UP[i] + UM[i] * UM[i];
      }
      for (let i = 0; i < u.length; i++) {
        primalU += centred ? (u[i] - y[i]) ** 2 + (FLOOR * y[i]) ** 2 : u[i] ** 2;
        dualU += w[i] * w[i];
      }
    }
    return {
      matrices: { primal: Math.sqrt(primal), dual: Math.sqrt(dual) },
      predictions: this.#exact ? undefined : { primal: Math.sqrt(primalU), dual: Math.sqrt(dualU) },
    };
  }

  setPenalty({ matrices, predictions }: Penalties): void {
    const factor = this.#penalty.matrices / matrices;
    const factorU = this.#penalty.predictions / predictions;
    for (const { UP, UM, w, acceleration } of this.#blocks) {
      acceleration?.restart(matrices, predictions);
      for (let i = 0; i < UP.length; i++) {
        UP[i] *= factor;
        UM[i] *= factor;
      }
      for (let i = 0; i < w.length; i++) w[i] *= factorU;
    }
    this.#penalty = { matrices, predictions };
  }

  read(block: number): BlockPoint {
    const { P, M, v, w, muP, muM } = this.#blocks[block];
    const nu = new Float64Array(v.length);
    // The prediction block's own multiplier is a subgradient of the loss, so it lies in the domain of its dual.
    const { matrices: sigma, predictions: sigmaU } = this.#penalty;
    for (let i = 0; i < nu.length; i++) nu[i] = this.#exact ? sigma * v[i] : -sigmaU * w[i];
    return { P, M, nu, muP, muM: this.#problem.program === "bilinear" ? muP : muM };
  }

  load(block: number, { P, M, UP, UM, u, w }: BlockState): void {
    const own = this.#blocks[block];
    own.P.set(P);
    own.M.set(M);
    own.UP.set(UP);
    own.UM.set(UM);
    own.u.set(u);
    own.w.set(w);
  }

  ranks(block: number): readonly [number, number] {
    return [this.#projector.ranks[2 * block], this.#projector.ranks[2 * block + 1]];
  }

  freeze(block: number): void {
    this.#blocks[block].active = false;
  }

  dispose(): void {
    this.#blocks.length = 0;
  }

  #step(): void {
    const active = this.#blocks.filter((block) => block.active);
    if (active.length === 0) return;
    const { matrices: sigma, predictions: sigmaU } = this.#penalty;
    const theta = this.#exact ? sigma / 2 : sigma / sigmaU;
    const n = this.#problem.forms.count;
    let mark = performance.now();
    const lap = (part: string): void => {
      const now = performance.now();
      this.seconds[part] += (now - mark) / 1000;
      mark = now;
    };
    if (theta !== this.#prepared) {
      this.#solver.prepare(theta);
      this.#prepared = theta;
      lap("gram");
    }
    const right = new Float64Array(n * active.length);
    active.forEach((block, k) => {
      this.#targetPredictions(block);
      for (let i = 0; i < n; i++) {
        const target = this.#exact ? block.y[i] : block.u[i] - block.w[i];
        block.v[i] = target;
        right[k * n + i] = target - block.a[i];
      }
    });
    lap("operator");
    this.#solver.solve(right, active.length);
    lap("gram");
    active.forEach((block, k) => {
      const v = right.subarray(k * n, (k + 1) * n);
      for (let i = 0; i < n; i++) block.a[i] = block.v[i] - theta * v[i];
      block.v.set(v);
      this.#problem.forms.adjoint(v, this.#T);
      matrixToSvec(this.#T, this.#order, block.S, 0);
      lap("operator");
      this.#affine(block);
      if (!this.#exact) this.#relaxPredictions(block);
      this.#accelerate(block);
      lap("vectors");
      const index = this.#blocks.indexOf(block);
      this.#project(this.#TP, block.P, block.UP, 2 * index);
      this.#project(this.#TM, block.M, block.UM, 2 * index + 1);
      lap("projection");
      if (!this.#exact) this.#proximal(block);
      lap("vectors");
    });
  }

  /** a ← A(T_P − T_M), for the quadratic program with the diagonals that the constraints will give. */
  #targetPredictions(block: Block): void {
    const { P, M, UP, UM, a } = block;
    const { forms, price } = this.#problem;
    const d = this.#order;
    const T = this.#TP;
    for (let i = 0; i < T.length; i++) T[i] = P[i] - UP[i] - M[i] + UM[i];
    svecToMatrix(T, 0, d, this.#T);
    if (this.#traces !== undefined) {
      const difference = this.#meanDiagonal(P, UP, price) - this.#meanDiagonal(M, UM, price);
      for (let j = 0; j < d; j++) this.#T[j * d + j] = difference;
    }
    forms.forward(this.#T, a);
  }

  /** ρ of the quadratic program before the predictions pull on it. */
  #meanDiagonal(P: Float64Array, U: Float64Array, price: number): number {
    const d = this.#order;
    let sum = 0;
    for (let j = 0, k = 0; j < d; k += d - j, j++) sum += P[k] - U[k];
    return sum / d - price / (this.#penalty.matrices * d);
  }

  /** The affine step, relaxed, plus the scaled duals: the arguments of the projections, in #TP and #TM. */
  #affine({ P, M, UP, UM, S, v, muP, muM }: Block): void {
    const { program, price } = this.#problem;
    const d = this.#order;
    const sigma = this.#penalty.matrices;
    const TP = this.#TP;
    const TM = this.#TM;
    for (let i = 0; i < S.length; i++) {
      TP[i] = P[i] - UP[i] + S[i];
      TM[i] = M[i] - UM[i] - S[i];
    }
    if (program === "bilinear") {
      let sum = 0;
      for (let j = 0, k = 0; j < d; k += d - j, j++) sum += TP[k] + TM[k];
      const rho = sum / (2 * d) - price / (2 * sigma * d);
      for (let j = 0, k = 0; j < d; k += d - j, j++) {
        const e = rho - 0.5 * (TP[k] + TM[k]);
        muP[j] = -sigma * e;
        TP[k] += e;
        TM[k] += e;
      }
    } else {
      // ν also moves the traces: ρ₁ = mean − c/(σd) + (Σᵢ vᵢ tr 𝒳ᵢ)/d, ρ₂ with the other sign.
      let pull = 0;
      const traces = this.#traces as Float64Array;
      for (let i = 0; i < v.length; i++) pull += v[i] * traces[i];
      pull /= d;
      const rhoP = this.#meanDiagonal(P, UP, price) + pull;
      const rhoM = this.#meanDiagonal(M, UM, price) - pull;
      for (let j = 0, k = 0; j < d; k += d - j, j++) {
        muP[j] = sigma * (TP[k] - rhoP);
        muM[j] = sigma * (TM[k] - rhoM);
        TP[k] = rhoP;
        TM[k] = rhoM;
      }
    }
    for (let i = 0; i < S.length; i++) {
      TP[i] = RELAXATION * TP[i] + (1 - RELAXATION) * P[i] + UP[i];
      TM[i] = RELAXATION * TM[i] + (1 - RELAXATION) * M[i] + UM[i];
    }
  }

  /** X ← Π(Y), U ← Y − X. */
  #project(Y: Float64Array, X: Float64Array, U: Float64Array, number: number): void {
    this.#projector.project(Y, 0, this.#order, X, 0, number);
    for (let i = 0; i < Y.length; i++) U[i] = Y[i] - X[i];
  }

  /** a ← relaxed predictions of the affine step plus the scaled dual: the argument of the proximal operator. */
  #relaxPredictions({ a, u, w }: Block): void {
    for (let i = 0; i < a.length; i++) a[i] = RELAXATION * a[i] + (1 - RELAXATION) * u[i] + w[i];
  }

  #proximal({ a, u, w, y }: Block): void {
    const { loss } = this.#problem;
    const tau = 1 / this.#penalty.predictions;
    for (let i = 0; i < a.length; i++) {
      u[i] = loss.prox(a[i], y[i], tau);
      w[i] = a[i] - u[i];
    }
  }

  /** The arguments of projections and proximal operator, P + U_P, M + U_M, u + w, are what is iterated. */
  #accelerate({ P, M, UP, UM, a, u, w, acceleration }: Block): void {
    if (acceleration === undefined) return;
    const N = P.length;
    const y = this.#point;
    const F = this.#image;
    for (let i = 0; i < N; i++) {
      y[i] = P[i] + UP[i];
      y[N + i] = M[i] + UM[i];
    }
    F.set(this.#TP);
    F.set(this.#TM, N);
    if (!this.#exact) {
      for (let i = 0; i < a.length; i++) y[2 * N + i] = u[i] + w[i];
      F.set(a, 2 * N);
    }
    acceleration.advance(y, F);
    this.#TP.set(F.subarray(0, N));
    this.#TM.set(F.subarray(N, 2 * N));
    if (!this.#exact) a.set(F.subarray(2 * N));
  }
}
