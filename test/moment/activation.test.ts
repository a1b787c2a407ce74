import { beforeAll, describe, expect, it } from "vitest";
import { example34 } from "../../bench/reproduce/moment/lib/example34.ts";
import type { DenseKernels } from "../../src/linear/dense-kernels.ts";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { ProblemError } from "../../src/errors.ts";
import {
  analyseResiduals,
  coefficientNames,
  denseMatrix,
  epigraphProblem,
  evaluateNetwork,
  learnActivations,
  liftNetwork,
  lossObjective,
  lossValue,
  minimizePolynomial,
  residualFigure,
  syntheticInstance,
} from "../../src/moment/index.ts";
import type { ActivationLoss } from "../../src/moment/index.ts";
import { liftedLeastSquares } from "../../src/moment/activation/baseline.ts";
import { liftedFloor } from "../../src/moment/activation/floor.ts";
import { StreamedTriangular } from "../../src/moment/activation/triangular.ts";
import { minimaxPolish } from "../../src/moment/local/minimax.ts";
import { residualSystem } from "../../src/moment/local/residual-system.ts";
import { monomialValue } from "../../src/moment/monomial.ts";
import { objectiveValue } from "../../src/moment/problem.ts";
import { normalNumbers, seededUniform } from "../../src/moment/random.ts";

let kernels: DenseKernels;
beforeAll(async () => {
  kernels = await loadDenseKernels();
});
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (v, k) => Math.abs(v - b[k])));

describe("Example 3.4", () => {
  const { network, inputs, targets, minimizer } = example34;

  it("has the residuals printed in the paper", () => {
    const residuals = lossObjective(liftNetwork(network, inputs), targets, "mean").residuals;
    // (c₁₁, c₁₂, c₂₀, c₂₁)
    const printed = (c: readonly number[]): number[] => [
      3 * c[2] + 9 * c[3] + 29 * c[1] * c[3] - 52,
      5 * c[0] * c[3] - c[2] + 5 * c[1] * c[3] - 4,
      3 * c[2] + 10 * c[3] - c[0] * c[3] + 41 * c[1] * c[3] - 76,
      2.5 * c[0] * c[3] - 9 * c[3] - 2 * c[2] - 36.5 * c[1] * c[3] + 68.5,
    ];
    for (const c of [[1, 2, 3, 4], [-1, 0.5, 0, 2], minimizer]) {
      expect(
        distance(
          residuals.map((r) => r.evaluate(c)),
          printed(c),
        ),
      ).toBeLessThan(1e-12);
    }
  });

  it("is not flat at order 1, flat at order 2, with the minimiser of the paper", async () => {
    const problem = epigraphProblem(network, inputs, targets);
    const first = await minimizePolynomial(problem, { order: 1 });
    expect(first.flat).toBe(false);
    const second = await minimizePolynomial(problem, { order: 2 });
    expect(second.flat).toBe(true);
    expect(second.minimizers).toHaveLength(1);
    expect(distance(minimizer, second.minimizers[0])).toBeLessThan(1e-6);
    expect(second.upperBound).toBeLessThanOrEqual(1e-7);
  });

  it.each(["mean", "max", "squares"] as const)("is recovered with the loss %s", async (loss) => {
    const learned = await learnActivations(network, inputs, targets, { loss });
    expect(distance(minimizer, learned.coefficients)).toBeLessThan(1e-6);
    expect(learned.value).toBeLessThan(1e-7);
    expect(learned.certifiedLowerBound.value).toBeLessThanOrEqual(learned.value);
  });
});

describe("networks with polynomial activations", () => {
  it.each([[[2]], [[2, 3]], [[1, 1, 1]], [[3, 1, 2]]])(
    "lift to polynomials with the same outputs: degrees %j",
    (degrees) => {
      const { network, inputs, coefficients } = syntheticInstance({
        degrees,
        samples: 4,
        width: 3,
        noise: 0,
        seed: 9,
      });
      const direct = evaluateNetwork(network, coefficients, inputs);
      const { terms } = liftNetwork(network, inputs);
      direct.values.forEach((value, k) => {
        const sum = terms.reduce(
          (total, term) => total + term.values[k] * monomialValue(term.monomial, coefficients),
          0,
        );
        expect(Math.abs(sum - value)).toBeLessThan(1e-10 * (1 + Math.abs(value)));
      });
      expect(coefficientNames(network)).toHaveLength(degrees.reduce((sum, d) => sum + d, 1));
    },
  );

  it("have losses as norms of polynomials", () => {
    const { network, inputs, targets } = syntheticInstance({
      degrees: [2, 2],
      samples: 7,
      width: 3,
      noise: 0.1,
      seed: 4,
    });
    const lifted = liftNetwork(network, inputs);
    const c = [0.3, -1, 0.7, 0.2, -0.4];
    for (const loss of ["mean", "max", "squares"] as ActivationLoss[]) {
      const expected = lossValue(evaluateNetwork(network, c, inputs), targets, loss);
      expect(objectiveValue(lossObjective(lifted, targets, loss), c)).toBeCloseTo(expected, 9);
    }
  });

  it("have a least-squares loss whose size does not grow with the samples", () => {
    const sizes = [5, 200].map((samples) => {
      const { network, inputs, targets } = syntheticInstance({
        degrees: [2, 2],
        samples,
        width: 4,
        noise: 0.1,
        seed: 4,
      });
      return lossObjective(liftNetwork(network, inputs), targets, "squares").residuals.length;
    });
    expect(sizes).toEqual([11, 11]);
  });

  it("refuse shapes that do not fit", async () => {
    const W = denseMatrix([
      [1, 2],
      [3, 4],
    ]);
    const X = denseMatrix([[1, 1]]);
    const good = { weights: [W, W], degrees: [2] };
    await expect(learnActivations({ ...good, degrees: [2, 2] }, X, X)).rejects.toThrow(
      /need 3 weight matrices/,
    );
    await expect(learnActivations({ ...good, degrees: [0] }, X, X)).rejects.toThrow(ProblemError);
    await expect(learnActivations(good, X, denseMatrix([[1]]))).rejects.toThrow(/targets are 1 × 1/);
    await expect(learnActivations({ ...good, weights: [W, denseMatrix([[1]])] }, X, X)).rejects.toThrow(
      /W2 has 1 columns/,
    );
    expect(() => denseMatrix([[1, 2], [3]])).toThrow(/row 1/);
    expect(() => denseMatrix([])).toThrow(/empty/);
  });
});

describe("learning", () => {
  it.each([[[2, 2]], [[1, 1, 1]], [[2, 1, 1]]])(
    "recovers the activations exactly without noise: degrees %j",
    async (degrees) => {
      const { network, inputs, targets, coefficients } = syntheticInstance({
        degrees,
        samples: 20,
        width: 8,
        noise: 0,
        seed: 3,
      });
      const learned = await learnActivations(network, inputs, targets);
      expect(distance(coefficients, learned.coefficients)).toBeLessThan(1e-7);
      expect(learned.relaxed && distance(coefficients, learned.relaxed.coefficients)).toBeLessThan(1e-7);
    },
  );

  it("stays near with noise, above its certified bound, for every loss", async () => {
    const { network, inputs, targets, coefficients } = syntheticInstance({
      degrees: [1, 1, 1],
      samples: 50,
      width: 20,
      noise: 1e-2,
      seed: 1,
    });
    for (const loss of ["squares", "mean"] as const) {
      const learned = await learnActivations(network, inputs, targets, { loss });
      expect(distance(coefficients, learned.coefficients)).toBeLessThan(0.01);
      const certified = learned.certifiedLowerBound.value as number;
      expect(certified).toBeLessThanOrEqual(learned.value);
      expect(certified).toBeGreaterThan(0.9 * learned.value);
      // No point of the box is below the bound.
      const normal = normalNumbers(seededUniform(5));
      for (let k = 0; k < 200; k++) {
        const c = Float64Array.from(learned.coefficients, (v) => v + 1e-3 * normal());
        expect(lossValue(evaluateNetwork(network, c, inputs), targets, loss)).toBeGreaterThanOrEqual(
          certified,
        );
      }
    }
  });

  it("bounds a loss from below by the distance from the lifted outputs", async () => {
    const { network, inputs, targets } = syntheticInstance({
      degrees: [2, 2],
      samples: 40,
      width: 12,
      noise: 1e-2,
      seed: 6,
    });
    const lifted = liftNetwork(network, inputs);
    for (const loss of ["squares", "mean", "max"] as const) {
      const learned = await learnActivations(network, inputs, targets, { loss: "squares" });
      const floor = liftedFloor(lifted, targets, loss, learned.bounds);
      const value = lossValue(evaluateNetwork(network, learned.coefficients, inputs), targets, loss);
      expect(floor).toBeGreaterThan(0);
      expect(floor).toBeLessThanOrEqual(value);
      if (loss === "squares") expect(floor).toBeGreaterThan(0.8 * value);
    }
  });

  it("has a baseline that needs no relaxation", () => {
    const { network, inputs, targets, coefficients } = syntheticInstance({
      degrees: [2, 3],
      samples: 30,
      width: 8,
      noise: 0,
      seed: 8,
    });
    const fit = liftedLeastSquares(liftNetwork(network, inputs), targets, coefficients.length, kernels);
    expect(distance(coefficients, fit.polished)).toBeLessThan(1e-7);
  });

  it("analyses residuals and draws them", () => {
    const { network, test, coefficients } = syntheticInstance({
      degrees: [2, 1],
      samples: 6,
      width: 3,
      noise: 0.5,
      seed: 2,
    });
    const analysis = analyseResiduals(network, coefficients, test.inputs, test.targets);
    // All samples carry the same noise vector.
    for (const norm of analysis.norms) expect(norm).toBeCloseTo(analysis.norms[0], 9);
    expect(analysis.mse).toBeCloseTo(analysis.norms[0] ** 2, 9);
    const figure = residualFigure(analysis, "title") as {
      readonly hconcat: readonly { readonly data: { readonly values: readonly object[] } }[];
    };
    expect(figure.hconcat.map(({ data }) => data.values.length)).toEqual([18, 6]);
    // 500 samples of 8 entries that lie close together: few marks, all residuals counted, none moved far.
    const values = Float64Array.from({ length: 4000 }, (_, k) => (k % 8) / 10 + 1e-5 * Math.sin(k));
    const norms = new Float64Array(500);
    const dense = residualFigure({ residuals: { rows: 500, cols: 8, values }, norms, mse: 0, meanNorm: 0 }, "t");
    const [{ data }] = (dense as { readonly hconcat: readonly [{ readonly data: { values: Mark[] } }] }).hconcat;
    expect(data.values.length).toBeLessThan(40);
    expect(data.values.reduce((sum, { count }) => sum + count, 0)).toBe(4000);
    for (const { entry, residual } of data.values) expect(residual).toBeCloseTo((entry - 1) / 10, 4);
  });
});

interface Mark {
  readonly entry: number;
  readonly residual: number;
  readonly count: number;
}

describe("building blocks", () => {
  it("the streamed triangular factor has RᵀR = BᵀB and solves least squares", () => {
    const normal = normalNumbers(seededUniform(77));
    const rows = 40;
    const B = Float64Array.from({ length: rows * 4 }, normal);
    const factor = new StreamedTriangular(4);
    for (let from = 0; from < rows; from += 7) {
      const count = Math.min(7, rows - from);
      factor.add(B.slice(from * 4, (from + count) * 4), count);
    }
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        let direct = 0;
        for (let k = 0; k < rows; k++) direct += B[k * 4 + i] * B[k * 4 + j];
        let product = 0;
        for (let k = 0; k < 4; k++) product += factor.R[k * 4 + i] * factor.R[k * 4 + j];
        expect(product).toBeCloseTo(direct, 11);
      }
    }
    // Normal equations: the residual is orthogonal to the columns.
    const x = factor.solveLast();
    for (let i = 0; i < 3; i++) {
      let sum = 0;
      for (let k = 0; k < rows; k++) {
        sum += B[k * 4 + i] * (B[k * 4 + 3] - x[0] * B[k * 4] - x[1] * B[k * 4 + 1] - x[2] * B[k * 4 + 2]);
      }
      expect(sum).toBeCloseTo(0, 11);
    }
  });

  it("the minimax polish finds the Chebyshev centre of a curve fit", async () => {
    // Best constant in the maximum norm: the middle of the extremes.
    const values = [1, 4, 2.5, 3.9];
    const system = {
      rows: values.length,
      residuals: (x: Float64Array, out: Float64Array) => values.forEach((v, i) => (out[i] = x[0] - v)),
      jacobian: (_: Float64Array, out: Float64Array) => void out.fill(1),
    };
    const { x, norm } = await minimaxPolish(system, new Float64Array([0]));
    expect(x[0]).toBeCloseTo(2.5, 8);
    expect(norm).toBeCloseTo(1.5, 8);
    expect(residualSystem([], 1).rows).toBe(0);
  });
});
