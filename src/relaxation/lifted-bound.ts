import { loadDenseKernels } from "../backends/cpu/kernels/load.ts";
import { ProblemError, UnsupportedError } from "../errors.ts";
import { isLinearOn } from "../networks/activation.ts";
import { layerInputs } from "../networks/network.ts";
import type { Network } from "../networks/network.ts";
import type { ConicProblem } from "../problem/conic-problem.ts";
import { sparseFromTriplets } from "../problem/sparse-matrix.ts";
import { svecIndex, svecLength, svecToMatrix } from "../problem/svec.ts";
import { certifiedMinEigenvalue } from "../solver/min-eigenvalue.ts";
import type { Status } from "../solver/result.ts";
import { completeSettings } from "../solver/settings.ts";
import type { Settings } from "../solver/settings.ts";
import { solve } from "../solver/solve.ts";
import type { LayerBounds } from "./interval.ts";
import { requireQuery } from "./query.ts";
import type { InputSet, Objective } from "./query.ts";

export interface LiftedBound {
  /** Certified bound: at most the minimum, or at least the maximum. */
  readonly bound: number;
  /** Order of the matrix: 1 + inputs + unstable neurons. */
  readonly order: number;
  readonly status: Status;
  readonly seconds: number;
}

const EPSILON = 2 ** -53;

/**
 * Bound on an objective over a ReLU network by semidefinite programming (after Raghunathan, Steinhardt and Liang 2018):
 * the products of 1, the inputs and the unstable neurons' outputs are lifted to a matrix P ⪰ 0, with y ≥ 0, y ≥ z,
 * y·y = y·z, the triangle, and v·v ≤ 1 for every variable v, scaled to [−1, 1]. It sees how neurons move together,
 * which no hull of single neurons does; its cost grows with the cube of the order and more, so it pays where few
 * neurons are unstable.
 *
 * The bound holds for any multipliers: with M the Lagrangian's matrix, ⟨M, P⟩ ≥ order·min(0, λ_min(M)), as tr P ≤ order.
 *
 * @param bounds of all neurons, e.g. from {@link intervalBounds} or a {@link BoundReport}
 * @throws UnsupportedError for activations other than relu and identity; ProblemError as boundNetwork does
 */
export async function liftedBound(
  network: Network,
  input: InputSet,
  bounds: readonly LayerBounds[],
  objective: Objective,
  settings: Partial<Settings> = {},
): Promise<LiftedBound> {
  const began = performance.now();
  requireQuery(network, input, [objective]);
  completeSettings(settings);
  const lift = new Lift(network, input, bounds, objective);
  const result = await solve(lift.problem(), { eps: 1e-6, ...settings });
  const least = await lift.safeBound(result.y);
  return {
    bound: objective.sense === "min" ? least : -least,
    order: lift.order,
    status: result.status,
    seconds: (performance.now() - began) / 1000,
  };
}

/** constant and coefficients over the scaled variables: entry 0 is the constant. */
type Form = Float64Array;

/** Σ coefficient·P[i][j] over the lower triangle ≥ bound, or = bound. */
interface LiftedRow {
  readonly i: number[];
  readonly j: number[];
  readonly values: number[];
  readonly bound: number;
}

class Lift {
  readonly order: number;
  private readonly equalities: LiftedRow[] = [];
  private readonly inequalities: LiftedRow[] = [];
  private readonly cost: Form;

  constructor(network: Network, { box, constraints = [] }: InputSet, bounds: readonly LayerBounds[], objective: Objective) {
    const { layers } = network;
    const bent = layers.map(({ activation }, k) => {
      if (activation.name !== "relu" && activation.name !== "identity") {
        throw new UnsupportedError(`the lifted bound is computed for relu networks, not for ${activation.name}`);
      }
      const { lower, upper } = bounds[k]?.pre ?? { lower: [], upper: [] };
      if (lower.length !== layers[k].bias.length) {
        throw new ProblemError(`bounds[${k}] does not fit layer ${k} of the network`, { field: "bounds", index: k });
      }
      return Array.from(lower, (low, i) => !isLinearOn(activation, low, upper[i]));
    });
    const n = network.inputSize;
    this.order = 1 + n + bent.flat().filter(Boolean).length;
    let next = 1;
    const variable = (low: number, high: number): Form => {
      const form = new Float64Array(this.order);
      form[0] = (low + high) / 2;
      form[next++] = (high - low) / 2;
      return form;
    };
    let forms: Form[] = Array.from({ length: n }, (_, j) => variable(box.lower[j], box.upper[j]));
    for (const { coefficients, lower, upper } of constraints) {
      const form = this.combine(coefficients, 0, forms);
      if (Number.isFinite(lower)) this.atLeast(form, lower);
      if (Number.isFinite(upper)) this.atLeast(form.map((v) => -v), -upper);
    }
    layers.forEach((layer, k) => {
      const inputs = layerInputs(layer);
      forms = Array.from(layer.bias, (bias, i) => {
        const z = this.combine(layer.weights.subarray(i * inputs, (i + 1) * inputs), bias, forms);
        const [low, high] = [bounds[k].pre.lower[i], bounds[k].pre.upper[i]];
        if (!bent[k][i]) return layer.activation.name === "identity" || low >= 0 ? z : new Float64Array(this.order);
        const y = variable(0, high);
        this.atLeast(y, 0);
        this.atLeast(y.map((v, p) => v - z[p]), 0);
        const slope = high / (high - low);
        // A hair above the secant, so that rounding cannot cut the neuron off.
        this.atLeast(y.map((v, p) => slope * z[p] - v), slope * low - 4 * EPSILON * (high - low));
        this.productIsZero(y, y.map((v, p) => v - z[p]));
        return y;
      });
    });
    const sign = objective.sense === "min" ? 1 : -1;
    this.cost = this.combine(objective.coefficients.map((c) => sign * c), sign * (objective.constant ?? 0), forms);
  }

  /** min ⟨C, P⟩ with P = smat(x): equalities, inequalities (bounds on the diagonal last), P ⪰ 0. */
  problem(): ConicProblem {
    const { order, cost } = this;
    const length = svecLength(order);
    const c = new Float64Array(length);
    cost.forEach((value, p) => (c[svecIndex(order, p, 0)] = p === 0 ? value : value / Math.SQRT2));
    const rows = this.rows();
    const [i, j, v]: number[][] = [[], [], []];
    rows.forEach((row, k) => {
      row.values.forEach((value, p) => {
        i.push(k);
        j.push(svecIndex(order, row.i[p], row.j[p]));
        v.push(-(row.i[p] === row.j[p] ? value : value / Math.SQRT2));
      });
    });
    for (let k = 0; k < length; k++) {
      i.push(rows.length + k);
      j.push(k);
      v.push(-1);
    }
    const height = rows.length + length;
    const b = new Float64Array(height);
    rows.forEach(({ bound }, k) => (b[k] = -bound));
    const equalities = 1 + this.equalities.length;
    return {
      c,
      A: { kind: "sparse", rows: height, cols: length, matrix: sparseFromTriplets(height, length, i, j, v) },
      b,
      cones: [
        { kind: "zero", dim: equalities },
        { kind: "nonnegative", dim: rows.length - equalities },
        { kind: "psd", order },
      ],
    };
  }

  /** The bound that multipliers of the rows prove, rounding included. */
  async safeBound(y: Float64Array): Promise<number> {
    const { order, cost } = this;
    const matrix = new Float64Array(svecLength(order));
    cost.forEach((value, p) => (matrix[svecIndex(order, p, 0)] = p === 0 ? value : value / Math.SQRT2));
    let [sum, magnitude] = [0, cost.reduce((total, v) => total + Math.abs(v), 0)];
    this.rows().forEach((row, k) => {
      const multiplier = k <= this.equalities.length ? y[k] : Math.max(0, y[k]);
      if (!Number.isFinite(multiplier)) return;
      sum += multiplier * row.bound;
      let size = Math.abs(row.bound);
      row.values.forEach((value, p) => {
        const at = svecIndex(order, row.i[p], row.j[p]);
        matrix[at] -= multiplier * (row.i[p] === row.j[p] ? value : value / Math.SQRT2);
        size += Math.abs(value);
      });
      magnitude += Math.abs(multiplier) * size;
    });
    const full = new Float64Array(order * order);
    svecToMatrix(matrix, 0, order, full);
    const least = certifiedMinEigenvalue(await loadDenseKernels(), order, full);
    // Entries of P are at most 1; the forms in the rows are sums of sums, each of at most `order` terms.
    const rounding = 32 * (order + this.equalities.length + this.inequalities.length) * EPSILON * magnitude;
    return sum + order * Math.min(0, least) - rounding;
  }

  /** P₀₀ = 1, products, inequalities, −P_vv ≥ −1. */
  private rows(): LiftedRow[] {
    const unit: LiftedRow = { i: [0], j: [0], values: [1], bound: 1 };
    const squares = Array.from({ length: this.order - 1 }, (_, k): LiftedRow => ({ i: [k + 1], j: [k + 1], values: [-1], bound: -1 }));
    return [unit, ...this.equalities, ...this.inequalities, ...squares];
  }

  private combine(weights: ArrayLike<number>, bias: number, forms: readonly Form[]): Form {
    const sum = new Float64Array(this.order);
    sum[0] = bias;
    forms.forEach((form, j) => {
      if (weights[j] !== 0) form.forEach((value, p) => (sum[p] += weights[j] * value));
    });
    return sum;
  }

  private atLeast(form: Form, bound: number): void {
    const row: LiftedRow = { i: [], j: [], values: [], bound: bound - form[0] };
    for (let p = 1; p < this.order; p++) {
      if (form[p] === 0) continue;
      row.i.push(p);
      row.j.push(0);
      row.values.push(form[p]);
    }
    this.inequalities.push(row);
  }

  /** ⟨f·gᵀ, P⟩ = 0. */
  private productIsZero(f: Form, g: Form): void {
    const row: LiftedRow = { i: [], j: [], values: [], bound: -f[0] * g[0] };
    for (let p = 0; p < this.order; p++) {
      for (let q = 0; q <= p; q++) {
        const value = p === q ? f[p] * g[p] : f[p] * g[q] + f[q] * g[p];
        if (p === 0 || value === 0) continue;
        row.i.push(p);
        row.j.push(q);
        row.values.push(value);
      }
    }
    this.equalities.push(row);
  }
}
