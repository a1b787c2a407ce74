import { describe, expect, it } from "vitest";
import type { Cone } from "../../../src/problem/cones.ts";
import { dot, randomProblem } from "../../solver/splitting/random-problems.ts";
import type { Kind } from "../../solver/splitting/random-problems.ts";
import { solve } from "../../solver/splitting/workspace.ts";
import { solveWithScs } from "./scs.ts";
import type { ScsOptions } from "./scs.ts";

const zero = (dim: number): Cone => ({ kind: "zero", dim });
const nonnegative = (dim: number): Cone => ({ kind: "nonnegative", dim });
const soc = (dim: number): Cone => ({ kind: "secondOrder", dim });
const box: Cone = {
  kind: "box",
  lower: Float64Array.of(-1, -0.5, -Infinity, 0.1),
  upper: Float64Array.of(1, Infinity, 2, 0.3),
};
const exp: Cone = { kind: "exponential" };
const dualExp: Cone = { kind: "dualExponential" };
const power = (alpha: number): Cone => ({ kind: "power", alpha });
const dualPower = (alpha: number): Cone => ({ kind: "dualPower", alpha });

interface Case {
  readonly name: string;
  readonly n: number;
  readonly cones: readonly Cone[];
  readonly kind?: Kind;
  readonly quadratic?: number;
  readonly options?: Partial<ScsOptions>;
}

const CASES: readonly Case[] = [
  { name: "LP", n: 10, cones: [nonnegative(30)] },
  { name: "LP with equalities", n: 20, cones: [zero(8), nonnegative(40)] },
  { name: "LP, not normalised", n: 10, cones: [zero(3), nonnegative(25)], options: { normalize: false } },
  { name: "LP, fixed scale", n: 12, cones: [zero(3), nonnegative(25)], options: { adaptiveScale: false, scale: 1 } },
  { name: "LP, no over-relaxation", n: 12, cones: [nonnegative(40)], options: { alpha: 1 } },
  { name: "LP, poor initial scale", n: 12, cones: [zero(3), nonnegative(25)], options: { scale: 1e-4 } },
  { name: "QP", n: 15, cones: [zero(4), nonnegative(30)], quadratic: 15 },
  { name: "QP of low rank", n: 25, cones: [zero(5), nonnegative(40)], quadratic: 4 },
  { name: "SOCP", n: 12, cones: [soc(5), soc(8), soc(12)] },
  { name: "SOCP with lines", n: 15, cones: [zero(3), nonnegative(10), soc(3), soc(2), soc(9), soc(1)] },
  { name: "quadratic SOCP", n: 10, cones: [zero(2), soc(6), soc(10)], quadratic: 6 },
  { name: "box", n: 4, cones: [box] },
  { name: "box with lines", n: 9, cones: [zero(2), nonnegative(12), box], quadratic: 5 },
  { name: "exponential", n: 6, cones: [exp, exp, exp, exp] },
  { name: "dual exponential", n: 6, cones: [dualExp, dualExp, dualExp, dualExp] },
  { name: "exponential, mixed", n: 12, cones: [zero(3), nonnegative(9), exp, exp, exp, dualExp, dualExp] },
  { name: "power", n: 6, cones: [power(0.3), power(0.5), power(0.8), power(0.45)] },
  { name: "dual power", n: 7, cones: [dualPower(0.2), dualPower(0.6), power(0.7), power(0.5)] },
  { name: "all at once", n: 18, cones: [zero(3), nonnegative(8), box, soc(4), soc(6), exp, dualExp, power(0.4)] },
  { name: "all at once, quadratic", n: 14, cones: [zero(3), nonnegative(8), soc(6), exp, power(0.4)], quadratic: 7 },
  { name: "infeasible LP", n: 10, cones: [zero(3), nonnegative(30)], kind: "primalInfeasible" },
  { name: "infeasible SOCP", n: 10, cones: [nonnegative(5), soc(8), soc(12)], kind: "primalInfeasible" },
  { name: "infeasible exponential", n: 8, cones: [nonnegative(6), exp, exp, exp], kind: "primalInfeasible" },
  { name: "unbounded LP", n: 12, cones: [zero(2), nonnegative(20)], kind: "dualInfeasible" },
  { name: "unbounded SOCP", n: 10, cones: [zero(2), nonnegative(5), soc(8), soc(12)], kind: "dualInfeasible" },
  { name: "unbounded exponential", n: 8, cones: [nonnegative(6), exp, exp, exp], kind: "dualInfeasible" },
];

describe("iteration parity with SCS, acceleration off", () => {
  CASES.forEach(({ name, n, cones, kind = "feasible", quadratic = 0, options = {} }, index) => {
    it(name, async () => {
      const eps = 1e-6;
      const { problem, optimum } = randomProblem(1000 + index, n, cones, kind, quadratic);
      const scs = await solveWithScs(problem, { eps, ...options });
      const ours = await solve(
        problem,
        {
          embedding: "homogeneous",
          acceleration: "none",
          equilibrate: options.normalize ?? true,
          penaltyRule: (options.adaptiveScale ?? true) ? "scs" : "fixed",
          penalty: options.scale ?? 0.1,
          relaxation: options.alpha ?? 1.5,
          maxIterations: 20_000,
        },
        eps,
      );
      expect(ours.reason).toBe(scs.status);
      expect(ours.iterations).toBe(scs.iterations);
      if (kind !== "feasible") {
        expect(ours.reason).toBe(kind);
        return;
      }
      const objective = 0.5 * ours.measure.xPx + dot(problem.c, ours.point.x);
      expect(Math.abs(objective - scs.primalObjective)).toBeLessThan(1e-8 * (1 + Math.abs(objective)));
      expect(Math.abs(objective - optimum)).toBeLessThan(1e-3 * (1 + Math.abs(optimum)));
    });
  });
});
