import type { Cone } from "../../src/problem/cones.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import { solve } from "../../src/solver/solve.ts";
import type { LossName } from "../../src/quantized/model/loss.ts";
import type { Samples } from "../../src/quantized/model/sample-forms.ts";
import { fillStandardNormal, seededUniform } from "../../src/quantized/random.ts";

/** Random samples and targets; ±1 targets for losses on labels. */
export function randomInstance(
  seed: number,
  count: number,
  features: number,
  labels: boolean,
): { samples: Samples; y: Float64Array } {
  const uniform = seededUniform(seed);
  const values = fillStandardNormal(new Float64Array(count * features), uniform);
  const y = fillStandardNormal(new Float64Array(count), uniform);
  return {
    samples: { count, features, values },
    y: labels ? y.map((v) => (v >= 0 ? 1 : -1)) : y.map((v) => 3 * v),
  };
}

/** Targets made by `neurons` bilinear ±1 neurons with weights in (0, 1). */
export function plantedInstance(
  seed: number,
  count: number,
  features: number,
  neurons: number,
): { samples: Samples; y: Float64Array } {
  const uniform = seededUniform(seed);
  const values = fillStandardNormal(new Float64Array(count * features), uniform);
  const y = new Float64Array(count);
  const signs = (): number[] => Array.from({ length: features }, () => (uniform() < 0.5 ? -1 : 1));
  for (let j = 0; j < neurons; j++) {
    const u = signs();
    const v = signs();
    const alpha = uniform();
    for (let i = 0; i < count; i++) {
      let s = 0;
      let t = 0;
      for (let k = 0; k < features; k++) {
        s += values[k * count + i] * u[k];
        t += values[k * count + i] * v[k];
      }
      y[i] += alpha * s * t;
    }
  }
  return { samples: { count, features, values }, y };
}

/** Row i of column-major values. */
export function row({ count, features, values }: Samples, i: number): Float64Array {
  return Float64Array.from({ length: features }, (_, j) => values[j * count + i]);
}

/** All ±1 vectors of a length, the first entry +1 when `half`. */
export function signVectors(length: number, half: boolean): number[][] {
  const total = 2 ** (half ? length - 1 : length);
  return Array.from({ length: total }, (_, code) =>
    Array.from({ length }, (_, i) => ((code >> i) & 1 ? -1 : 1)),
  );
}

/** Outputs of every neuron (xᵀu)(xᵀv), or (xᵀu)² when `quadratic`: one array per neuron, up to sign and order. */
export function allNeurons(samples: Samples, quadratic: boolean): Float64Array[] {
  const rows = Array.from({ length: samples.count }, (_, i) => row(samples, i));
  const vectors = signVectors(samples.features, true);
  const dot = (x: Float64Array, u: number[]): number => u.reduce((sum, s, i) => sum + s * x[i], 0);
  const outputs: Float64Array[] = [];
  vectors.forEach((u, p) => {
    for (const v of quadratic ? [u] : vectors.slice(p))
      outputs.push(Float64Array.from(rows, (x) => dot(x, u) * dot(x, v)));
  });
  return outputs;
}

/**
 * The exact optimum of the training problem over all networks of these neurons,
 * min Σφ((Hα)ᵢ, yᵢ) + price·Σ|α|, as a conic program by the general solver.
 */
export async function exactOptimum(
  H: readonly Float64Array[],
  y: Float64Array,
  loss: LossName,
  price: number,
  delta = 1,
): Promise<number> {
  const n = y.length;
  const m = H.length;
  // Variables: α⁺, α⁻ (m each), then per sample what the loss needs.
  const rows: number[] = [];
  const cols: number[] = [];
  const vals: number[] = [];
  const b: number[] = [];
  const put = (r: number, c: number, v: number): void => {
    if (v === 0) return;
    rows.push(r);
    cols.push(c);
    vals.push(v);
  };
  /** Adds factor·uᵢ to row r of A. */
  const prediction = (r: number, i: number, factor: number): void => {
    for (let j = 0; j < m; j++) {
      put(r, j, factor * H[j][i]);
      put(r, m + j, -factor * H[j][i]);
    }
  };
  const base = 2 * m;
  const extra =
    loss === "squared" ? n : loss === "hinge" || loss === "absolute" ? n : loss === "huber" ? 2 * n : 3 * n;
  const cones: Cone[] = [];
  const c = new Float64Array(base + extra);
  c.fill(price, 0, base);
  const quadratic: number[] = [];
  const nextRow = (bound: number): number => b.push(bound) - 1;
  if (loss === "squared") {
    for (let i = 0; i < n; i++) {
      const r = nextRow(y[i]);
      prediction(r, i, 1);
      put(r, base + i, -1);
      quadratic.push(base + i);
    }
    cones.push({ kind: "zero", dim: n });
  } else if (loss === "huber") {
    // u − y = p + q with ½p² + δ|q|; |q| ≤ t.
    c.fill(delta, base + n);
    for (let i = 0; i < n; i++) quadratic.push(base + i);
    for (const sign of [1, -1]) {
      for (let i = 0; i < n; i++) {
        const r = nextRow(sign * y[i]);
        prediction(r, i, sign);
        put(r, base + i, -sign);
        put(r, base + n + i, -1);
      }
    }
    cones.push({ kind: "nonnegative", dim: 2 * n });
  } else if (loss === "absolute") {
    c.fill(1, base);
    for (const sign of [1, -1]) {
      for (let i = 0; i < n; i++) {
        const r = nextRow(sign * y[i]);
        prediction(r, i, sign);
        put(r, base + i, -1);
      }
    }
    cones.push({ kind: "nonnegative", dim: 2 * n });
  } else if (loss === "hinge") {
    c.fill(1, base);
    for (let i = 0; i < n; i++) {
      const r = nextRow(-1);
      prediction(r, i, -y[i]);
      put(r, base + i, -1);
    }
    for (let i = 0; i < n; i++) put(nextRow(0), base + i, -1);
    cones.push({ kind: "nonnegative", dim: 2 * n });
  } else {
    // t ≥ log(1 + e^{−yu}): e^{−yu−t} ≤ p, e^{−t} ≤ q, p + q ≤ 1.
    c.fill(1, base, base + n);
    for (let i = 0; i < n; i++) {
      const r = nextRow(1);
      put(r, base + n + i, 1);
      put(r, base + 2 * n + i, 1);
    }
    cones.push({ kind: "nonnegative", dim: n });
  }
  for (let j = 0; j < base; j++) put(nextRow(0), j, -1);
  cones.push({ kind: "nonnegative", dim: base });
  if (loss === "logistic") {
    for (let i = 0; i < n; i++) {
      for (const k of [0, 1]) {
        // (x, 1, z) with e^x ≤ z.
        const r = nextRow(0);
        if (k === 0) prediction(r, i, y[i]);
        put(r, base + i, 1);
        nextRow(1);
        put(nextRow(0), base + (1 + k) * n + i, -1);
        cones.push({ kind: "exponential" });
      }
    }
  }
  const size = base + extra;
  const weight = loss === "huber" ? 1 : 2;
  const result = await solve(
    {
      P: sparseFromTriplets(
        size,
        size,
        quadratic,
        quadratic,
        new Array<number>(quadratic.length).fill(weight),
      ),
      c,
      A: {
        kind: "sparse",
        rows: b.length,
        cols: size,
        matrix: sparseFromTriplets(b.length, size, rows, cols, vals),
      },
      b: Float64Array.from(b),
      cones,
    },
    { eps: 1e-9 },
  );
  if (result.status !== "solved" && result.status !== "solvedInaccurate")
    throw new Error(`oracle: ${result.status}`);
  return result.measures.primalObjective;
}
