import { describe, expect, it } from "vitest";
import { bilinearProblem } from "../../bench/quantized/bilinear-problem.ts";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { ProblemError, SettingsError } from "../../src/errors.ts";
import { lossByName, lossNames } from "../../src/quantized/model/loss.ts";
import { SampleForms } from "../../src/quantized/model/sample-forms.ts";
import { seededUniform } from "../../src/quantized/random.ts";
import { feasiblePoint } from "../../src/quantized/solve/bounds.ts";
import { CpuEngine } from "../../src/quantized/solve/cpu-engine.ts";
import type { SplittingProblem } from "../../src/quantized/solve/engine.ts";
import { createGramSolver } from "../../src/quantized/solve/gram-solver.ts";
import { solveRelaxation } from "../../src/quantized/solve/relax.ts";
import { blockState } from "../../src/quantized/solve/restart.ts";
import { trainQuantized } from "../../src/quantized/train.ts";
import { solve } from "../../src/solver/solve.ts";
import { plantedInstance, randomInstance, row } from "./instances.ts";

describe("matrix-free solve", () => {
  it.each([1e-4, 1, 30])(
    "agrees with the explicit form through the general solver, beta = %s",
    async (beta) => {
      const { samples, y } = plantedInstance(3, 30, 6, 4);
      const rows = Array.from({ length: samples.count }, (_, i) => [...row(samples, i)]);
      const explicit = await solve(
        bilinearProblem(
          {
            count: samples.count,
            dimension: samples.features,
            features: Float64Array.from(rows.flat()),
            targets: y,
          },
          beta,
        ),
        { eps: 1e-9 },
      );
      // The explicit form minimises ‖r‖² with r = ŷ − y as variables.
      const model = await trainQuantized({ samples, targets: [y] }, { beta, gap: 1e-7 });
      expect(model.status).toBe("solved");
      const scale = Math.abs(explicit.measures.primalObjective);
      expect(Math.abs(model.relaxedObjective - explicit.measures.primalObjective)).toBeLessThan(2e-6 * scale);
    },
  );

  it.each([
    ["bilinear", "bilinear"],
    ["quadratic", "bilinear"],
    ["bilinear", { a: 0.7, b: 1.3, c: -0.4 }],
    ["quadratic", { a: 0, b: 1, c: 0.5 }],
  ] as const)("solves the Gram system the same way by every method (%s, %o)", async (program, activation) => {
    const kernels = await loadDenseKernels();
    const { samples } = randomInstance(5, 60, 4, false);
    const forms = new SampleForms(kernels, samples, activation, 2);
    const uniform = seededUniform(1);
    const right = Float64Array.from({ length: 120 }, () => uniform() - 0.5);
    const answers = (["cholesky", "svec", "cg"] as const).map((method) => {
      const solver = createGramSolver(kernels, forms, program, method);
      solver.prepare(3);
      const r = Float64Array.from(right);
      solver.solve(r, 2);
      return r;
    });
    for (const answer of answers.slice(1)) {
      for (let i = 0; i < right.length; i++) expect(answer[i]).toBeCloseTo(answers[0][i], 7);
    }
  });

  it("has an adjoint and a Gram matrix that fit its forward operator", async () => {
    const kernels = await loadDenseKernels();
    const { samples } = randomInstance(8, 7, 3, false);
    for (const activation of ["bilinear", { a: 0.5, b: -2, c: 1.5 }] as const) {
      const forms = new SampleForms(kernels, samples, activation, 2);
      const n = forms.count;
      const G = new Float64Array(n * n);
      forms.gram(G);
      for (let k = 0; k < n; k++) {
        const unit = new Float64Array(n);
        unit[k] = 1;
        const form = new Float64Array(forms.order ** 2);
        forms.adjoint(unit, form);
        const column = new Float64Array(n);
        forms.forward(form, column);
        for (let i = 0; i < n; i++) expect(column[i]).toBeCloseTo(G[k * n + i], 9);
      }
    }
  });

  it.each(lossNames)("reaches a certified gap with the %s loss", async (loss) => {
    const { samples, y } = randomInstance(11, 40, 6, loss === "hinge" || loss === "logistic");
    const model = await trainQuantized({ samples, targets: [y] }, { loss, beta: 0.5, gap: 1e-5 });
    expect(model.status).toBe("solved");
    expect(model.relativeGap).toBeLessThanOrEqual(1e-5);
    expect(model.lowerBound).toBeGreaterThan(0);
  });

  it("takes a mean of losses as a sum with beta·n", async () => {
    const { samples, y } = randomInstance(2, 25, 4, false);
    const mean = await trainQuantized({ samples, targets: [y] }, { beta: 0.02, average: "mean", gap: 1e-7 });
    const sum = await trainQuantized({ samples, targets: [y] }, { beta: 0.5, gap: 1e-7 });
    expect(mean.relaxedObjective).toBeCloseTo(sum.relaxedObjective / 25, 7);
  });

  it("solves outputs together as it solves them apart", async () => {
    const { samples, y } = randomInstance(21, 30, 5, true);
    const other = y.map((v, i) => (i % 3 === 0 ? -v : v));
    const both = await trainQuantized({ samples, targets: [y, other] }, { beta: 1 });
    const first = await trainQuantized({ samples, targets: [y] }, { beta: 1 });
    const second = await trainQuantized({ samples, targets: [other] }, { beta: 1 });
    expect(both.relaxedObjective).toBeCloseTo(first.relaxedObjective + second.relaxedObjective, 4);
    expect(both.sample(10, 1).outputs).toHaveLength(2);
  });

  it.each([[280, 33], [600, 20], [600, 10]])("keeps to 300 iterations at n = %i, d = %i", async (n, d) => {
    const { samples, y } = plantedInstance(1, n, d, 10);
    const model = await trainQuantized({ samples, targets: [y] }, { beta: 10, gap: 1e-6 });
    expect(model.status).toBe("solved");
    expect(model.iterations).toBeLessThanOrEqual(300);
  });
});

describe("another engine's point", () => {
  it.each(["squared", "absolute", "logistic"] as const)("is gone on from where it was, %s loss", async (name) => {
    const kernels = await loadDenseKernels();
    const { samples, y } = randomInstance(5, 40, 6, name === "logistic");
    const problem: SplittingProblem = {
      forms: new SampleForms(kernels, samples),
      program: "bilinear",
      loss: lossByName(name),
      targets: [y],
      price: 5,
    };
    const first = new CpuEngine(kernels, problem);
    const limits = { gap: 1e-7, maxIterations: 3000, timeLimit: 0 };
    const solved = await solveRelaxation(kernels, problem, first, limits);
    expect(solved.status).toBe("solved");
    const second = new CpuEngine(kernels, problem);
    second.setPenalty(first.penalty);
    second.load(0, blockState(problem, first.read(0), first.penalty));
    second.iterate(1);
    const { objective } = feasiblePoint(kernels, problem, y, second.read(0));
    expect(Math.abs(objective - solved.objective)).toBeLessThan(1e-4 * solved.objective);
  });
});

describe("edges", () => {
  it("gives the zero network for a huge beta and for targets of zero", async () => {
    const { samples, y } = randomInstance(4, 10, 3, false);
    const huge = await trainQuantized({ samples, targets: [y] }, { beta: 1e9 });
    const norm = y.reduce((sum, v) => sum + v * v, 0);
    expect(huge.lowerBound).toBeCloseTo(norm, 6);
    expect(huge.rho).toEqual([0]);
    const network = huge.sample(5, 1);
    expect(network.objective).toBeCloseTo(norm, 9);
    expect(huge.outputs(network, samples)[0].every((v) => v === 0)).toBe(true);
    const zero = await trainQuantized({ samples, targets: [new Float64Array(10)] }, { beta: 1 });
    expect(zero.relaxedObjective).toBe(0);
    expect(zero.lowerBound).toBe(0);
    expect(zero.status).toBe("solved");
  });

  it("solves n = 1, d = 1 exactly: min (αx² − y)² + β|α|", async () => {
    const samples = { count: 1, features: 1, values: Float64Array.of(2) };
    const model = await trainQuantized({ samples, targets: [Float64Array.of(3)] }, { beta: 1, gap: 1e-9 });
    // α = (3 − 1/8)/4.
    const alpha = (3 - 1 / 8) / 4;
    expect(model.relaxedObjective).toBeCloseTo((4 * alpha - 3) ** 2 + alpha, 6);
  });

  it("takes duplicate rows and constant columns", async () => {
    const { samples, y } = randomInstance(6, 8, 3, false);
    const values = new Float64Array(16 * 4);
    for (let j = 0; j < 3; j++)
      for (let i = 0; i < 16; i++) values[j * 16 + i] = samples.values[j * 8 + (i % 8)];
    const doubled = { count: 16, features: 4, values };
    const model = await trainQuantized(
      { samples: doubled, targets: [Float64Array.from([...y, ...y])] },
      { beta: 0.5 },
    );
    expect(model.status).toBe("solved");
  });

  it("refuses bad data and settings by name", async () => {
    const { samples, y } = randomInstance(4, 10, 3, false);
    const data = { samples, targets: [y] };
    await expect(trainQuantized(data, { beta: 0 })).rejects.toThrow(SettingsError);
    await expect(trainQuantized(data, { beta: NaN })).rejects.toThrow(/beta/);
    await expect(trainQuantized(data, { levels: 1.5 })).rejects.toThrow(/levels/);
    await expect(trainQuantized(data, { activation: { a: 0, b: 0, c: 1 } })).rejects.toThrow(/activation/);
    await expect(trainQuantized(data, { loss: "hinge" })).rejects.toThrow(/−1 or \+1/);
    await expect(trainQuantized({ samples, targets: [y.subarray(1)] })).rejects.toThrow(ProblemError);
    const gaps = { ...samples, values: samples.values.map((v, k) => (k === 12 ? NaN : v)) };
    await expect(trainQuantized({ samples: gaps, targets: [y] })).rejects.toThrow(/feature 1 of sample 2/);
  });

  it("stops at once when asked to", async () => {
    const { samples, y } = plantedInstance(1, 60, 10, 3);
    const model = await trainQuantized({ samples, targets: [y] }, { beta: 0.1, signal: AbortSignal.abort() });
    expect(model.status).toBe("interrupted");
    expect(model.lowerBound).toBe(0);
  });
});

describe("losses", () => {
  it.each(lossNames)("%s: prox, dual and slope belong to the value", (name) => {
    const loss = lossByName(name, 0.7);
    const uniform = seededUniform(9);
    for (let k = 0; k < 50; k++) {
      const y = loss.labelsOnly ? (uniform() < 0.5 ? -1 : 1) : 4 * uniform() - 2;
      const t = 8 * uniform() - 4;
      const tau = 0.05 + 3 * uniform();
      const p = loss.prox(t, y, tau);
      const envelope = (u: number): number => loss.value(u, y) + (u - t) ** 2 / (2 * tau);
      for (const step of [-0.3, -1e-3, 1e-3, 0.3])
        expect(envelope(p + step)).toBeGreaterThanOrEqual(envelope(p) - 1e-12);
      // Fenchel and Young: φ(u) + νu ≥ dual(ν), with equality at ν = −slope.
      const nu = -loss.slope(t, y);
      expect(loss.value(t, y) + nu * t).toBeCloseTo(loss.dual(nu, y), 10);
      const any = loss.clip(4 * uniform() - 2, y);
      expect(loss.value(t, y) + any * t).toBeGreaterThanOrEqual(loss.dual(any, y) - 1e-12);
      expect(loss.dual(any * Math.min(1e3, loss.reach(any, y)) * 0.999, y)).toBeGreaterThan(-Infinity);
    }
  });
});
