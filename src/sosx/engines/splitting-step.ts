import type { SplittingData } from "../../backends/webgpu/sosx/batched-splitting.ts";
import type { DenseKernels } from "../../linear/dense-kernels.ts";
import type { Multipliers, PieceRanges } from "../node-relaxation.ts";
import type { RelaxationData } from "../training-problem.ts";
import { hullTable, projectOnPolygon } from "./hull.ts";
import type { Polygon } from "./hull.ts";

/** Parts of one node's vector: X, G (M columns of N each), R (C columns of N), W (M columns of d+1), b₂ (C). */
export interface StateLayout {
  readonly X: number;
  readonly G: number;
  readonly R: number;
  readonly W: number;
  readonly b: number;
}

type Part = keyof StateLayout;
const PARTS: readonly Part[] = ["X", "G", "R", "W", "b"];

/** Weights of the metric: G and R against X, W and b₂ against X; and the relaxation of the splitting. */
const GAMMA = 1;
const RESIDUAL_WEIGHT = 16;
const WEIGHT_W = 0.1;
const WEIGHT_B = 1;
const RELAXATION = 1.7;

/** s, z and v of the nodes at work, part by part, node after node inside a part. */
export class BatchState {
  readonly layout: StateLayout;
  readonly s: Record<Part, Float64Array>;
  readonly z: Record<Part, Float64Array>;
  readonly v: Record<Part, Float64Array>;
  /** ρ of every node. */
  readonly penalty: Float64Array;
  size: number;

  constructor(layout: StateLayout, size: number) {
    this.layout = layout;
    this.size = size;
    const make = (): Record<Part, Float64Array> => ({
      X: new Float64Array(layout.X * size),
      G: new Float64Array(layout.G * size),
      R: new Float64Array(layout.R * size),
      W: new Float64Array(layout.W * size),
      b: new Float64Array(layout.b * size),
    });
    this.s = make();
    this.z = make();
    this.v = make();
    this.penalty = new Float64Array(size);
  }

  /** Keeps some nodes, in ascending order, and moves them to the front. */
  keep(slots: readonly number[]): void {
    slots.forEach((from, to) => {
      if (from === to) return;
      for (const part of PARTS) {
        const length = this.layout[part];
        for (const vector of [this.s, this.z, this.v]) {
          vector[part].copyWithin(to * length, from * length, (from + 1) * length);
        }
      }
      this.penalty[to] = this.penalty[from];
    });
    this.size = slots.length;
  }

  /** One node's s. */
  save(slot: number): Float32Array {
    const { layout } = this;
    const whole = new Float32Array(PARTS.reduce((sum, part) => sum + layout[part], 0));
    let at = 0;
    for (const part of PARTS) {
      const length = layout[part];
      whole.set(this.s[part].subarray(slot * length, (slot + 1) * length), at);
      at += length;
    }
    return whole;
  }

  view(vector: "s" | "z" | "v", part: Part, slot: number): Float64Array {
    const length = this.layout[part];
    return this[vector][part].subarray(slot * length, (slot + 1) * length);
  }
}

/**
 * Douglas–Rachford splitting of node relaxations: φ separable (hulls of (x, g), loss of r, boxes of w and b₂) over the
 * subspace {X = ŨW, R = GW₂ᵀ + b₂ − Y}. z = Π(s), v = prox(2z − s), s ← s + α(v − z). The projection on the subspace
 * is one Cholesky factor of ŨᵀŨ + ωI, shared by all neurons of all nodes, and a rank-C correction per sample; the
 * penalty ρ of a node enters the proximal map of its loss only. s − z is orthogonal to the subspace, whence multipliers.
 */
export class SplittingStep {
  readonly layout: StateLayout;
  private readonly problem: RelaxationData;
  private readonly kernels: DenseKernels;
  /** Ũ, column-major N×(d+1). */
  private readonly design: Float64Array;
  /** (ŨᵀŨ + ωI)⁻¹Ũᵀ applied as two steps: the inverse, column-major. */
  private readonly inverse: Float64Array;
  /** (I/τ + W₂W₂ᵀ/γ²)⁻¹ and (that matrix + N/ω_b I)⁻¹, C×C. */
  private readonly sampleInverse: Float64Array;
  private readonly sumInverse: Float64Array;
  private readonly hulls: readonly Polygon[];
  private readonly K: number;
  private readonly targets: Float64Array;

  constructor(problem: RelaxationData, kernels: DenseKernels) {
    const { samples: N, neurons: M, outputs: C, features, outputWeights } = problem;
    const width = features + 1;
    this.problem = problem;
    this.kernels = kernels;
    this.layout = { X: N * M, G: N * M, R: N * C, W: M * width, b: C };
    this.design = transposed(problem.design, N, width);
    this.targets = transposed(problem.targets, N, C);
    const normal = new Float64Array(width * width);
    kernels.syrk(true, width, N, 1, this.design, 0, normal);
    for (let k = 0; k < width; k++) normal[k * width + k] += WEIGHT_W;
    this.inverse = spdInverse(kernels, width, normal);
    const coupling = new Float64Array(C * C);
    for (let c = 0; c < C; c++) {
      for (let e = 0; e < C; e++) {
        let sum = c === e ? 1 / RESIDUAL_WEIGHT : 0;
        for (let j = 0; j < M; j++) sum += (outputWeights[c * M + j] * outputWeights[e * M + j]) / GAMMA ** 2;
        coupling[e * C + c] = sum;
      }
    }
    this.sampleInverse = spdInverse(kernels, C, coupling);
    for (let c = 0; c < C; c++) coupling[c * C + c] += N / WEIGHT_B;
    this.sumInverse = spdInverse(kernels, C, coupling);
    this.hulls = hullTable(problem.pwl, GAMMA);
    this.K = problem.pwl.breakpoints.length;
  }

  /** What a device needs to make the same iterations. */
  deviceData(): SplittingData {
    const { samples, neurons, outputs, features, loss, bounds, outputWeights } = this.problem;
    const { design, inverse, sampleInverse, sumInverse, targets, hulls } = this;
    return {
      ...{ samples, neurons, outputs, outputWeights, design, inverse, sampleInverse, sumInverse, targets, hulls },
      width: features + 1,
      breakpoints: this.K,
      squaredLoss: loss === "mse",
      gamma: GAMMA,
      residualWeight: RESIDUAL_WEIGHT,
      parameterWeight: WEIGHT_W,
      biasWeight: WEIGHT_B,
      relaxation: RELAXATION,
      weightBounds: bounds.weight,
      biasBounds: bounds.bias,
      outputBounds: bounds.outputBias,
    };
  }

  /** A cold start: zero weights. */
  initialise(state: BatchState, slot: number): void {
    state.penalty[slot] = this.usualPenalty();
  }

  /** A start from another node's s. */
  restore(state: BatchState, slot: number, s: Float32Array, penalty: number): void {
    let at = 0;
    for (const part of PARTS) {
      const view = state.view("s", part, slot);
      view.set(s.subarray(at, at + view.length));
      at += view.length;
    }
    state.penalty[slot] = penalty;
  }

  /** One iteration of all nodes in `state`; ranges[slot] are their pieces. */
  advance(state: BatchState, ranges: readonly PieceRanges[]): void {
    this.projectLinks(state);
    this.projectResiduals(state);
    for (let slot = 0; slot < state.size; slot++) {
      this.proxHulls(state, slot, ranges[slot]);
      this.proxLoss(state, slot);
      this.clampParameters(state, slot);
    }
    for (const part of PARTS) {
      const length = state.size * this.layout[part];
      const s = state.s[part];
      const z = state.z[part];
      const v = state.v[part];
      for (let k = 0; k < length; k++) s[k] += RELAXATION * (v[k] - z[k]);
    }
  }

  /** W = (ŨᵀŨ + ωI)⁻¹(ωW₀ + ŨᵀX₀), X = ŨW. */
  private projectLinks({ s, z, size }: BatchState): void {
    const { samples: N, neurons: M, features } = this.problem;
    const width = features + 1;
    const columns = size * M;
    const right = s.W.slice(0, width * columns);
    this.kernels.gemm(true, false, width, columns, N, 1, this.design, s.X.subarray(0, N * columns), WEIGHT_W, right);
    const W = z.W.subarray(0, width * columns);
    this.kernels.gemm(false, false, width, columns, width, 1, this.inverse, right, 0, W);
    this.kernels.gemm(false, false, N, columns, width, 1, this.design, W, 0, z.X.subarray(0, N * columns));
  }

  /** G = G₀ − W₂ᵀν/γ², R = R₀ + ν/τ, b = b₀ − Σν/ω_b with GW₂ᵀ + b − Y = R. */
  private projectResiduals(state: BatchState): void {
    const { samples: N, neurons: M, outputs: C, outputWeights } = this.problem;
    const { targets, sampleInverse, sumInverse } = this;
    const defect = new Float64Array(N * C);
    const total = new Float64Array(C);
    const nuSum = new Float64Array(C);
    const row = new Float64Array(C);
    for (let slot = 0; slot < state.size; slot++) {
      const G0 = state.view("s", "G", slot);
      const R0 = state.view("s", "R", slot);
      const b0 = state.view("s", "b", slot);
      const G = state.view("z", "G", slot);
      const R = state.view("z", "R", slot);
      const b = state.view("z", "b", slot);
      for (let c = 0; c < C; c++) {
        const at = c * N;
        for (let i = 0; i < N; i++) defect[at + i] = b0[c] - targets[at + i] - R0[at + i];
        for (let j = 0; j < M; j++) {
          const w = outputWeights[c * M + j];
          for (let i = 0; i < N; i++) defect[at + i] += w * G0[j * N + i];
        }
        let sum = 0;
        for (let i = 0; i < N; i++) sum += defect[at + i];
        total[c] = sum;
      }
      multiply(C, sumInverse, total, nuSum);
      for (let c = 0; c < C; c++) b[c] = b0[c] - nuSum[c] / WEIGHT_B;
      // Defect becomes ν.
      for (let i = 0; i < N; i++) {
        for (let c = 0; c < C; c++) row[c] = defect[c * N + i] - nuSum[c] / WEIGHT_B;
        multiply(C, sampleInverse, row, total);
        for (let c = 0; c < C; c++) {
          defect[c * N + i] = total[c];
          R[c * N + i] = R0[c * N + i] + total[c] / RESIDUAL_WEIGHT;
        }
      }
      G.set(G0);
      for (let c = 0; c < C; c++) {
        for (let j = 0; j < M; j++) {
          const w = outputWeights[c * M + j] / GAMMA ** 2;
          for (let i = 0; i < N; i++) G[j * N + i] -= w * defect[c * N + i];
        }
      }
    }
  }

  private proxHulls(state: BatchState, slot: number, { lo, hi }: PieceRanges): void {
    const { samples: N, neurons: M } = this.problem;
    const { hulls, K } = this;
    const [sX, zX, vX] = [state.view("s", "X", slot), state.view("z", "X", slot), state.view("v", "X", slot)];
    const [sG, zG, vG] = [state.view("s", "G", slot), state.view("z", "G", slot), state.view("v", "G", slot)];
    const out = new Float64Array(2);
    for (let j = 0; j < M; j++) {
      for (let i = 0; i < N; i++) {
        const at = j * N + i;
        const ij = i * M + j;
        const hull = hulls[lo[ij] * K + hi[ij]];
        projectOnPolygon(hull, 2 * zX[at] - sX[at], GAMMA * (2 * zG[at] - sG[at]), out);
        vX[at] = out[0];
        vG[at] = out[1] / GAMMA;
      }
    }
  }

  private proxLoss(state: BatchState, slot: number): void {
    const { samples: N, outputs: C, loss } = this.problem;
    const [s, z, v] = [state.view("s", "R", slot), state.view("z", "R", slot), state.view("v", "R", slot)];
    const weight = state.penalty[slot] * RESIDUAL_WEIGHT;
    const threshold = 1 / (N * C * weight);
    const shrink = weight / (weight + 2 / (N * C));
    for (let k = 0; k < v.length; k++) {
      const r = 2 * z[k] - s[k];
      if (loss === "mse") v[k] = shrink * r;
      else v[k] = r > threshold ? r - threshold : r < -threshold ? r + threshold : 0;
    }
  }

  private clampParameters(state: BatchState, slot: number): void {
    const { features, bounds } = this.problem;
    const width = features + 1;
    const [sW, zW, vW] = [state.view("s", "W", slot), state.view("z", "W", slot), state.view("v", "W", slot)];
    for (let k = 0; k < vW.length; k++) {
      const [low, high] = k % width === features ? bounds.bias : bounds.weight;
      vW[k] = Math.min(high, Math.max(low, 2 * zW[k] - sW[k]));
    }
    const [sb, zb, vb] = [state.view("s", "b", slot), state.view("z", "b", slot), state.view("v", "b", slot)];
    const [low, high] = bounds.outputBias;
    for (let c = 0; c < vb.length; c++) vb[c] = Math.min(high, Math.max(low, 2 * zb[c] - sb[c]));
  }

  /** μ = ρ(z_X − s_X), π = ρτ(z_R − s_R). */
  multipliers(state: BatchState, slot: number): Multipliers {
    const { samples: N, neurons: M, outputs: C } = this.problem;
    const rho = state.penalty[slot];
    const [s, z] = [state.view("s", "X", slot), state.view("z", "X", slot)];
    const link = new Float64Array(N * M);
    for (let j = 0; j < M; j++) {
      for (let i = 0; i < N; i++) link[i * M + j] = rho * (z[j * N + i] - s[j * N + i]);
    }
    const [sR, zR] = [state.view("s", "R", slot), state.view("z", "R", slot)];
    const residual = new Float64Array(N * C);
    for (let c = 0; c < C; c++) {
      for (let i = 0; i < N; i++) residual[i * C + c] = rho * RESIDUAL_WEIGHT * (zR[c * N + i] - sR[c * N + i]);
    }
    return { residual, link };
  }

  /** Loss of v's g and b₂. */
  loss(state: BatchState, slot: number): number {
    const { samples: N, neurons: M, outputs: C, outputWeights, loss } = this.problem;
    const G = state.view("v", "G", slot);
    const b = state.view("v", "b", slot);
    let total = 0;
    for (let c = 0; c < C; c++) {
      for (let i = 0; i < N; i++) {
        let r = b[c] - this.targets[c * N + i];
        for (let j = 0; j < M; j++) r += outputWeights[c * M + j] * G[j * N + i];
        total += loss === "mae" ? Math.abs(r) : r * r;
      }
    }
    return total / (N * C);
  }

  /** Mean distance of v's x from Ũ(w, b), over the range of the breakpoints. */
  linkError(state: BatchState, slot: number): number {
    const { samples: N, neurons: M, features, pwl } = this.problem;
    const width = features + 1;
    const X = new Float64Array(N * M);
    const W = state.view("v", "W", slot);
    this.kernels.gemm(false, false, N, M, width, 1, this.design, W, 0, X);
    const x = state.view("v", "X", slot);
    let sum = 0;
    for (let k = 0; k < X.length; k++) sum += Math.abs(X[k] - x[k]);
    return sum / X.length / (pwl.breakpoints[pwl.breakpoints.length - 1] - pwl.breakpoints[0]);
  }

  /** ρ of a node moved so that points agree as well as multipliers use their room, within limits. */
  balance(state: BatchState, slot: number): void {
    const { samples: N, outputs: C } = this.problem;
    // Points that disagree although multipliers hardly use their room 1/(NC) call for a larger ρ.
    const miss = Math.max(...(["X", "G", "R"] as const).map((part) => this.disagreement(state, part, slot)));
    const [z, s] = [state.view("z", "R", slot), state.view("s", "R", slot)];
    let dual = 0;
    const weight = state.penalty[slot] * RESIDUAL_WEIGHT;
    for (let k = 0; k < z.length; k++) dual += (weight * (z[k] - s[k])) ** 2;
    const use = Math.sqrt(dual / z.length) * N * C;
    const wanted = Math.min(2, Math.max(0.5, Math.sqrt((miss * 30 + 1e-6) / (use + 1e-6))));
    const usual = this.usualPenalty();
    const penalty = Math.min(usual * 30, Math.max(usual / 30, state.penalty[slot] * wanted));
    const factor = penalty / state.penalty[slot];
    if (factor > 0.8 && factor < 1.25) return;
    state.penalty[slot] = penalty;
    for (const part of PARTS) {
      const sp = state.view("s", part, slot);
      const zp = state.view("z", part, slot);
      for (let k = 0; k < sp.length; k++) sp[k] = zp[k] + (sp[k] - zp[k]) / factor;
    }
  }

  /** Root mean square of v − z over a part. */
  private disagreement(state: BatchState, part: Part, slot: number): number {
    const [z, v] = [state.view("z", part, slot), state.view("v", part, slot)];
    let sum = 0;
    for (let k = 0; k < v.length; k++) sum += (v[k] - z[k]) ** 2;
    return Math.sqrt(sum / v.length);
  }

  /** A typical residual is a tenth of the targets' unit range, a typical multiplier 1/(NC). */
  private usualPenalty(): number {
    const { samples: N, outputs: C } = this.problem;
    return 10 / (N * C * RESIDUAL_WEIGHT);
  }

  /** v as parameters and g, N×M. */
  point(state: BatchState, slot: number): { readonly hidden: Float64Array; readonly g: Float64Array } {
    const { samples: N, neurons: M } = this.problem;
    return { hidden: state.view("v", "W", slot).slice(), g: transposed(state.view("v", "G", slot), M, N) };
  }
}

/** Row-major rows×cols to column-major (or back, with the sizes exchanged). */
function transposed(A: Float64Array, rows: number, cols: number): Float64Array {
  const B = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) for (let k = 0; k < cols; k++) B[k * rows + i] = A[i * cols + k];
  return B;
}

function multiply(n: number, A: Float64Array, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += A[k * n + i] * x[k];
    y[i] = sum;
  }
}

function spdInverse(kernels: DenseKernels, n: number, A: Float64Array): Float64Array {
  const L = A.slice();
  kernels.cholesky(n, L);
  const inverse = new Float64Array(n * n);
  for (let k = 0; k < n; k++) inverse[k * n + k] = 1;
  kernels.solveLower(false, false, n, n, L, inverse);
  kernels.solveLower(true, false, n, n, L, inverse);
  return inverse;
}
