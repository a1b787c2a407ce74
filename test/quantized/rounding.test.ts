import { describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { svecIndex, svecLength, svecToMatrix } from "../../src/problem/svec.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import { hiddenMatrix } from "../../src/quantized/rounding/neurons.ts";
import { refitNonNegative, selectGreedily } from "../../src/quantized/rounding/refit.ts";
import { GAMMA } from "../../src/quantized/rounding/sample.ts";
import { lossByName } from "../../src/quantized/model/loss.ts";
import { SampleForms } from "../../src/quantized/model/sample-forms.ts";
import { trainQuantized } from "../../src/quantized/train.ts";
import { certifiedMinEigenvalue } from "../../src/solver/min-eigenvalue.ts";
import { solve } from "../../src/solver/solve.ts";
import { plantedInstance, randomInstance } from "./instances.ts";

/** V + Z and V − Z of a random correlation matrix [V Z; Z V]. */
function randomCorrelation(d: number): { V: Float64Array; Z: Float64Array } {
  const { samples } = randomInstance(77, d + 2, 2 * d, false);
  const column = (k: number): Float64Array => samples.values.subarray(k * (d + 2), (k + 1) * (d + 2));
  const dot = (a: number, b: number): number => column(a).reduce((sum, v, i) => sum + v * column(b)[i], 0);
  const V = new Float64Array(d * d);
  const Z = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      V[j * d + i] = 0.5 * (dot(i, j) + dot(d + i, d + j));
      Z[j * d + i] = 0.5 * (dot(i, d + j) + dot(d + i, j));
    }
  }
  const root = Float64Array.from({ length: d }, (_, i) => Math.sqrt(V[i * d + i]));
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      V[j * d + i] /= root[i] * root[j];
      Z[j * d + i] /= root[i] * root[j];
    }
  }
  return { V, Z };
}

describe("covariance shaping", () => {
  const d = 4;
  const order = 2 * d;

  it("in closed form is PSD with unit diagonal and sin γZ off it", async () => {
    const kernels = await loadDenseKernels();
    const { V, Z } = randomCorrelation(d);
    const Q = new Float64Array(order * order);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        Q[j * order + i] = Q[(d + j) * order + d + i] = Math.sinh(GAMMA * V[j * d + i]);
        Q[(d + j) * order + i] = Q[j * order + d + i] = Math.sin(GAMMA * Z[j * d + i]);
      }
    }
    for (let i = 0; i < order; i++) expect(Q[i * order + i]).toBeCloseTo(1, 12);
    expect(certifiedMinEigenvalue(kernels, order, Q)).toBeGreaterThan(-1e-12);
  });

  it("reaches the optimum zero of program (24) of the paper", async () => {
    // (24) with its minimum moved to the constraint: is there Q ⪰ 0, diag Q = 1, Q₁₂ = sin γZ?
    const { Z } = randomCorrelation(d);
    const entries = svecLength(order);
    const rows: number[] = [];
    const cols: number[] = [];
    const vals: number[] = [];
    const b: number[] = [];
    const P: number[] = [];
    // Variables: svec Q, then the residuals of the block.
    for (let i = 0; i < order; i++) {
      rows.push(b.length);
      cols.push(svecIndex(order, i, i));
      vals.push(1);
      b.push(1);
    }
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        const residual = entries + i * d + j;
        rows.push(b.length, b.length);
        cols.push(svecIndex(order, i, d + j), residual);
        vals.push(Math.SQRT1_2, -1);
        b.push(Math.sin(GAMMA * Z[j * d + i]));
        P.push(residual);
      }
    }
    const equalities = b.length;
    for (let e = 0; e < entries; e++) {
      rows.push(b.length);
      cols.push(e);
      vals.push(-1);
      b.push(0);
    }
    const size = entries + d * d;
    const result = await solve(
      {
        P: sparseFromTriplets(
          size,
          size,
          P,
          P,
          P.map(() => 2),
        ),
        c: new Float64Array(size),
        A: {
          kind: "sparse",
          rows: b.length,
          cols: size,
          matrix: sparseFromTriplets(b.length, size, rows, cols, vals),
        },
        b: Float64Array.from(b),
        cones: [
          { kind: "zero", dim: equalities },
          { kind: "psd", order },
        ],
      },
      { eps: 1e-8 },
    );
    expect(result.measures.primalObjective).toBeLessThan(1e-7);
    const Q = new Float64Array(order * order);
    svecToMatrix(result.x, 0, order, Q);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++)
        expect(Q[(d + j) * order + i]).toBeCloseTo(Math.sin(GAMMA * Z[j * d + i]), 3);
    }
  });
});

describe("sampled networks", () => {
  it("have the relaxation's predictions as their mean", async () => {
    const { samples, y } = plantedInstance(2, 20, 5, 3);
    const model = await trainQuantized({ samples, targets: [y] }, { beta: 0.1 });
    const [many] = model.outputs(model.sample(200_000, 5), samples);
    const [relaxed] = model.relaxedPredictions;
    const scale = Math.max(...relaxed.map(Math.abs));
    for (let i = 0; i < 20; i++) expect(Math.abs(many[i] - relaxed[i])).toBeLessThan(0.03 * scale);
  });

  it("approach the bound from above as neurons are added, without another solve", async () => {
    const { samples, y } = plantedInstance(3, 60, 10, 5);
    const model = await trainQuantized({ samples, targets: [y] }, { beta: 1e-4 });
    const objectives = model.sampleSizes([30, 300, 3000, 30000], 1).map((network) => network.objective);
    for (let k = 1; k < objectives.length; k++) expect(objectives[k]).toBeLessThan(objectives[k - 1]);
    expect(objectives[3]).toBeGreaterThan(model.lowerBound);
    const power = y.reduce((sum, v) => sum + v * v, 0);
    expect(objectives[3]).toBeLessThan(0.01 * power);
  });

  it("are nested for one seed and differ between seeds", async () => {
    const { samples, y } = plantedInstance(4, 20, 5, 3);
    const model = await trainQuantized({ samples, targets: [y] }, { beta: 0.1 });
    const small = model.sample(300, 7).outputs[0].neurons;
    const large = model.sample(1000, 7).outputs[0].neurons;
    expect(large.u.subarray(0, small.u.length)).toEqual(small.u);
    expect(large.v.subarray(0, small.v.length)).toEqual(small.v);
    expect(model.sample(300, 8).outputs[0].neurons.u).not.toEqual(small.u);
  });

  it("get better with every refit", async () => {
    const { samples, y } = plantedInstance(5, 60, 8, 4);
    const model = await trainQuantized({ samples, targets: [y] }, { beta: 1 });
    const plain = model.sample(100, 1, "sampled").objective;
    const one = model.sample(100, 1, "refit").objective;
    const own = model.sample(100, 1, "nonNegative").objective;
    expect(one).toBeLessThanOrEqual(plain + 1e-9);
    expect(own).toBeLessThanOrEqual(one + 1e-6 * one);
    expect(model.sampleGreedily(100, 1).objective).toBeLessThan(one);
    expect(own).toBeGreaterThanOrEqual(model.lowerBound);
  });

  it("choose greedily what a search over all pairs finds", () => {
    const H = Float64Array.from([1, 0, 0, 1, 1, 1]);
    expect(selectGreedily(H, Float64Array.of(1, 1), 1, 1)).toEqual([2]);
    expect(selectGreedily(H, Float64Array.of(1, 0), 1, 1)).toEqual([0]);
  });

  it("fit non-negative weights to optimality conditions", async () => {
    const kernels = await loadDenseKernels();
    const { samples, y } = plantedInstance(9, 30, 4, 3);
    const model = await trainQuantized({ samples, targets: [y] }, { beta: 0.5 });
    const { neurons } = model.sample(40, 1).outputs[0];
    const H = hiddenMatrix(kernels, new SampleForms(kernels, samples), neurons);
    const price = 2;
    const { alpha } = refitNonNegative(kernels, lossByName("squared"), H, y, price, 0.1);
    const weights = alpha as Float64Array;
    const residual = y.map((v, i) => v - weights.reduce((sum, a, j) => sum + a * H[j * 30 + i], 0));
    weights.forEach((a, j) => {
      let gradient = price;
      for (let i = 0; i < 30; i++) gradient -= 2 * residual[i] * H[j * 30 + i];
      if (a > 0) expect(Math.abs(gradient)).toBeLessThan(1e-3);
      else expect(gradient).toBeGreaterThan(-1e-3);
    });
  });
});
