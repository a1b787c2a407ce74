import { describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../../src/backends/cpu/kernels/load.ts";
import { createConeSet } from "../../../src/backends/cpu/create-cone-set.ts";
import { GlDevice } from "../../../src/backends/webgl/gpu-js.ts";
import { BatchedProducts, layersAtOnce, paddedOrder, PolynomialBatch } from "../../../src/backends/webgl/polynomial.ts";
import { WebGlCones } from "../../../src/backends/webgl/projector.ts";
import { crossover, measureCrossover } from "../../../src/backends/webgl/tune.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import { coneOffsets } from "../../../src/problem/cones.ts";
import type { Cone } from "../../../src/problem/cones.ts";
import { solve } from "../../../src/solver/solve.ts";
import { maxCut, randomNumbers } from "../../web/problems.ts";

/** The kernels in JavaScript; test/web/webgl.test.ts runs them in a browser. */
const device = await GlDevice.open("cpu");
const kernels = await loadDenseKernels();

function randomMatrices(order: number, layers: number, seed: number): Float32Array[][] {
  const random = randomNumbers(seed);
  return Array.from({ length: layers }, () => {
    const rows = Array.from({ length: order }, () => new Float32Array(order));
    for (let j = 0; j < order; j++) for (let i = j; i < order; i++) rows[i][j] = rows[j][i] = (random() - 0.5) / order;
    return rows;
  });
}

describe("batched products through gpu.js", () => {
  it("form alpha·A·B + beta·D for every layer", () => {
    const [order, layers] = [12, 3];
    const products = new BatchedProducts(device, order, layers);
    const [A, B] = [randomMatrices(order, layers, 1), randomMatrices(order, layers, 2)];
    const alpha = Float32Array.of(1, -2, 0.5);
    const beta = Float32Array.of(0, 1, 3);
    const a = products.upload(A);
    const other = new BatchedProducts(device, order, layers);
    const C = products.download(products.product()(a, other.upload(B), a, alpha, beta));
    for (let l = 0; l < layers; l++) {
      for (let i = 0; i < order; i++) {
        for (let j = 0; j < order; j++) {
          let sum = beta[l] * A[l][i][j];
          for (let k = 0; k < order; k++) sum += alpha[l] * A[l][i][k] * B[l][k][j];
          expect(C[l][i][j]).toBeCloseTo(sum, 6);
        }
      }
    }
  });

  it("sum squares by layer", () => {
    const products = new BatchedProducts(device, 8, 2);
    const A = randomMatrices(8, 2, 3);
    const squares = products.squares(products.upload(A));
    A.forEach((rows, l) => {
      expect(squares[l]).toBeCloseTo(rows.reduce((sum, row) => row.reduce((s, value) => s + value * value, sum), 0), 6);
    });
  });
});

describe("polynomial projection through gpu.js", () => {
  it.each([
    [5, 2e-2],
    [7, 2e-3],
    [8, 1e-3],
    [10, 2e-4],
  ] as const)("with %i steps is within %f of the projection in f64", (steps, limit) => {
    const [order, layers] = [24, 2];
    const matrices = randomMatrices(order, layers, 4);
    const projected = new PolynomialBatch(device, order, layers).project(matrices, steps);
    const cones = createConeSet([{ kind: "psd", order }], kernels);
    matrices.forEach((rows, l) => {
      const svec: number[] = [];
      for (let j = 0; j < order; j++) for (let i = j; i < order; i++) svec.push(rows[i][j] * (i === j ? 1 : Math.SQRT2));
      const v = Float64Array.from(svec);
      const norm = Math.hypot(...v);
      cones.project(v);
      let error = 0;
      let k = 0;
      for (let j = 0; j < order; j++) {
        for (let i = j; i < order; i++) error += (v[k++] - projected[l][i][j] * (i === j ? 1 : Math.SQRT2)) ** 2;
      }
      expect(Math.sqrt(error) / norm).toBeLessThan(limit);
    });
  });

  it("knows what fits", () => {
    expect(paddedOrder(33)).toBe(36);
    expect(layersAtOnce(4096, 16384)).toBe(1);
    expect(layersAtOnce(4096, 2048)).toBe(1);
    expect(layersAtOnce(64, 16384)).toBeGreaterThan(100);
  });
});

describe("cones with WebGL", () => {
  const cones: Cone[] = [
    { kind: "zero", dim: 2 },
    { kind: "psd", order: 21 },
    { kind: "nonnegative", dim: 3 },
    { kind: "psd", order: 5 },
    { kind: "psd", order: 23 },
    { kind: "psd", order: 2 },
  ];
  const length = coneOffsets(cones).at(-1) ?? 0;

  function point(seed: number): Float64Array {
    const random = randomNumbers(seed);
    return Float64Array.from({ length }, () => 100 * (random() - 0.5));
  }

  it("agree with the reference to f32 once the iterates have settled", () => {
    const projector = new WebGlCones(device, cones, kernels, 20);
    expect(projector.blocks).toBe(2);
    const exact = point(5);
    createConeSet(cones, kernels).project(exact);
    let v = point(5);
    // The second call sees no movement and takes the longest schedule.
    for (let call = 0; call < 2; call++) projector.project((v = point(5)));
    const error = Math.hypot(...v.map((value, i) => value - exact[i])) / Math.hypot(...exact);
    expect(error).toBeLessThan(1e-4);
    expect(projector.fault).toBeUndefined();
  });

  it("leave what is not finite to the reference", () => {
    const projector = new WebGlCones(device, cones, kernels, 20);
    const v = point(6);
    v[2] = NaN;
    projector.project(v);
    expect(v[3]).toBeNaN();
    expect(v.at(-1)).not.toBeNaN();
    const zero = new Float64Array(length);
    projector.project(zero);
    expect(zero.every((value) => value === 0)).toBe(true);
  });

  it("go on in f64 once they are disposed of", () => {
    const projector = new WebGlCones(device, cones, kernels, 20);
    projector.dispose();
    const [v, exact] = [point(7), point(7)];
    projector.project(v);
    createConeSet(cones, kernels).project(exact);
    expect(projector.fault).toBeDefined();
    expect(v).toEqual(exact);
  });
});

describe("the threshold", () => {
  it("solves α + βn³ = 0.8·γn³", () => {
    const cpu = { small: 0.5, large: 32 };
    expect(crossover({ small: 5, large: 5 }, cpu)).toBe(Math.ceil(Math.cbrt(5 / ((0.8 * 32) / 256 ** 3))));
    expect(crossover({ small: 1, large: 100 }, cpu)).toBe(Infinity);
    expect(crossover({ small: 0.01, large: 1 }, cpu)).toBe(64);
    expect(crossover({ small: Infinity, large: Infinity }, cpu)).toBe(Infinity);
  });

  it("comes from the least of three times each, of the device and of the CPU at both orders", () => {
    const device3 = { small: [9, 5, 7], large: [6, 5, 80] };
    const cpu3 = { small: [0.5, 3, 3], large: [40, 32, 33] };
    const runs = [...device3.small, ...device3.large, ...cpu3.small, ...cpu3.large];
    // The clock stands still between runs and moves by a run's time during it.
    let calls = 0;
    let time = 0;
    const now = (): number => (calls++ % 2 === 0 ? time : (time += runs[(calls - 2) / 2]));
    const orders = { small: 16, large: 64 };
    const found = measureCrossover(device, kernels, orders, now);
    expect(calls).toBe(2 * runs.length);
    expect(found).toBe(crossover({ small: 5, large: 5 }, { small: 0.5, large: 32 }, orders));
  });
});

describe("backend webgl", () => {
  it("is refused where there is none", async () => {
    await expect(solve(maxCut(40), { backend: "webgl" })).rejects.toThrow(UnsupportedError);
    await expect(solve(maxCut(40), { backend: "webgl", method: "interior" })).rejects.toThrow(/CPU only/);
  });
});
