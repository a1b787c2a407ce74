import type { LpRow } from "../lp/highs.ts";
import type { Activation } from "../networks/activation.ts";
import { NeuronEnvelope } from "../relaxation/neuron-envelope.ts";
import { lpLayout } from "./lp-form.ts";
import type { EnvelopeCut } from "./node-relaxation.ts";
import { evaluatePiecewise } from "./piecewise-linear.ts";
import type { PiecewiseLinear } from "./piecewise-linear.ts";
import type { RelaxationData } from "./training-problem.ts";

/**
 * f with its outer pieces going on, as an activation with convex and concave parts. `undefined` when its curvature
 * changes more than once: then the envelope's form is not known.
 */
export function piecewiseActivation(pwl: PiecewiseLinear): Activation | undefined {
  const { breakpoints: p, values: f } = pwl;
  const slopes = Array.from({ length: p.length - 1 }, (_, k) => (f[k + 1] - f[k]) / (p[k + 1] - p[k]));
  const inflections: number[] = [];
  let first: 1 | -1 | 0 = 0;
  let last = 0;
  for (let k = 1; k < slopes.length; k++) {
    const turn = Math.abs(slopes[k] - slopes[k - 1]) <= 1e-12 ? 0 : Math.sign(slopes[k] - slopes[k - 1]);
    if (turn === 0) continue;
    if (first === 0) first = turn > 0 ? 1 : -1;
    // Inside the piece between a bend to the left and one to the right.
    if (last !== 0 && turn !== last) inflections.push((p[k - 1] + p[k]) / 2);
    last = turn;
  }
  if (inflections.length > 1) return undefined;
  const kinks = Array.from(p.subarray(1, p.length - 1));
  const slopeAt = (z: number, left: boolean): number => {
    let k = 0;
    while (k < kinks.length && (left ? z > kinks[k] : z >= kinks[k])) k++;
    return slopes[k];
  };
  return {
    name: "piecewise linear",
    value: (z) => evaluatePiecewise(pwl, z),
    derivative: (z) => slopeAt(z, false),
    leftDerivative: (z) => slopeAt(z, true),
    second: () => 0,
    inflections,
    firstCurvature: first === -1 ? -1 : 1,
    turningPoints: kinks.filter((_, k) => slopes[k] * slopes[k + 1] < 0),
    linearBetween: kinks,
  };
}

/**
 * Envelopes of f(u_iᵀw + b) over the box of (w, b): the neuron envelope with weights and inputs in each other's place. All
 * neurons of a sample share one, as their boxes are the same. The box alone counts, not x_ij ∈ [p₀, p_P].
 */
export class SampleEnvelopes {
  private readonly problem: RelaxationData;
  private readonly envelopes: readonly NeuronEnvelope[];

  private constructor(problem: RelaxationData, envelopes: readonly NeuronEnvelope[]) {
    this.problem = problem;
    this.envelopes = envelopes;
  }

  /** `undefined` when f has no envelope of known form. */
  static create(problem: RelaxationData): SampleEnvelopes | undefined {
    const { samples, features, design, pwl, bounds } = problem;
    const activation = piecewiseActivation(pwl);
    if (activation === undefined) return undefined;
    const width = features + 1;
    const side = (k: 0 | 1): Float64Array =>
      Float64Array.from({ length: width }, (_, q) => (q === features ? bounds.bias[k] : bounds.weight[k]));
    const box = { lower: side(0), upper: side(1) };
    const envelopes = Array.from({ length: samples }, (_, i) => {
      const weights = design.slice(i * width, (i + 1) * width);
      return new NeuronEnvelope({ weights, bias: 0, activation }, box);
    });
    return new SampleEnvelopes(problem, envelopes);
  }

  /** Cuts, certified, for the (i, j) whose (w₁ⱼ, b₁ⱼ, g_ij) lies beyond an envelope by more than `tolerance`. */
  separate(hidden: Float64Array, g: Float64Array, tolerance: number): EnvelopeCut[] {
    const { samples: N, neurons: M, features } = this.problem;
    const width = features + 1;
    const cuts: EnvelopeCut[] = [];
    for (let i = 0; i < N; i++) {
      for (let j = 0; j < M; j++) {
        const envelope = this.envelopes[i];
        const cut = envelope.separate(hidden.subarray(j * width, (j + 1) * width), g[i * M + j], tolerance);
        if (cut === undefined) continue;
        const { side, plane } = envelope.certifiedCut(cut);
        cuts.push({ ij: i * M + j, side, constant: plane.constant, slope: plane.slope });
      }
    }
    return cuts;
  }
}

/** g_ij − slopeᵀ(w₁, b₁)ⱼ ≤ constant (or ≥) as a row of the node program. */
export function cutRow(problem: RelaxationData, { ij, side, constant, slope }: EnvelopeCut): LpRow {
  const { values: f } = problem.pwl;
  const indices: number[] = [];
  const values: number[] = [];
  const first = (ij % problem.neurons) * slope.length;
  slope.forEach((v, k) => {
    if (v === 0) return;
    indices.push(first + k);
    values.push(-v);
  });
  const lambda = lpLayout(problem).lambda + ij * f.length;
  f.forEach((v, k) => {
    if (v === 0) return;
    indices.push(lambda + k);
    values.push(v);
  });
  return {
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
    lower: side > 0 ? -Infinity : constant,
    upper: side > 0 ? constant : Infinity,
  };
}
