import { evaluateGradient } from "../networks/network.ts";
import type { Network } from "../networks/network.ts";
import type { LpEngine } from "./lp/linear-program.ts";
import type { InputSet, LinearConstraint } from "./query.ts";

export interface LocalMinimum {
  readonly x: Float64Array;
  readonly value: number;
}

/** Steps at most from each start. */
const STEPS = 60;

/**
 * Looks for a small value of objectiveᵀ·network over the inputs, from each start: conditional gradients (towards the
 * corner the gradient points to; with constraints, the solution of an LP) and projected gradients, each with a line
 * search. What it returns is a value of the true network at an input of the set.
 */
export async function localSearch(
  network: Network,
  objective: Float64Array,
  input: InputSet,
  starts: readonly Float64Array[],
  engine: LpEngine,
): Promise<LocalMinimum> {
  const corners = await cornerFinder(input, engine);
  try {
    let best: LocalMinimum | undefined;
    for (const start of starts) {
      const found = await descend(network, objective, input, start, corners.find);
      if (best === undefined || found.value < best.value) best = found;
    }
    if (best === undefined) throw new RangeError("a local search needs at least one start");
    return best;
  } finally {
    corners.close();
  }
}

type FindCorner = (gradient: Float64Array) => Promise<Float64Array>;

/** The input of least gradientᵀx. */
async function cornerFinder(
  { box, constraints = [] }: InputSet,
  engine: LpEngine,
): Promise<{ readonly find: FindCorner; close(): void }> {
  if (constraints.length === 0) {
    const find = (gradient: Float64Array): Promise<Float64Array> =>
      Promise.resolve(gradient.map((g, j) => (g > 0 ? box.lower[j] : box.upper[j])));
    return { find, close: () => undefined };
  }
  const indices = Int32Array.from(box.lower, (_, j) => j);
  const session = await engine.open(
    box,
    constraints.map(({ coefficients, lower, upper }) => ({ indices, values: coefficients, lower, upper })),
  );
  const find = async (gradient: Float64Array): Promise<Float64Array> => {
    session.setCost(gradient);
    const { x } = await session.solve();
    return x.map((v, j) => Math.min(box.upper[j], Math.max(box.lower[j], v)));
  };
  return { find, close: () => session.close() };
}

async function descend(
  network: Network,
  objective: Float64Array,
  { box, constraints = [] }: InputSet,
  start: Float64Array,
  findCorner: FindCorner,
): Promise<LocalMinimum> {
  let x: Float64Array = start.map((v, j) => Math.min(box.upper[j], Math.max(box.lower[j], v)));
  // A start outside the constraints gives way to the corner it points to; from there on everything is between corners.
  if (!satisfies(constraints, x)) x = await findCorner(evaluateGradient(network, objective, x).gradient);
  let { value, gradient } = evaluateGradient(network, objective, x);
  for (let step = 0; step < STEPS; step++) {
    const targets = [await findCorner(gradient)];
    if (constraints.length === 0) targets.push(projectedStep(x, gradient, box.lower, box.upper));
    let better: Float64Array | undefined;
    for (const target of targets) {
      for (let part = 1; part > 1e-3; part /= 2) {
        const candidate = x.map((v, j) => v + part * (target[j] - v));
        const found = evaluateGradient(network, objective, candidate).value;
        if (found < value - 1e-12 * (1 + Math.abs(value))) [value, better] = [found, candidate];
      }
    }
    if (better === undefined) break;
    x = better;
    ({ value, gradient } = evaluateGradient(network, objective, x));
  }
  return { x, value };
}

/** Up to the tolerance of LP solvers. */
function satisfies(constraints: readonly LinearConstraint[], x: Float64Array): boolean {
  return constraints.every(({ coefficients, lower, upper }) => {
    const value = coefficients.reduce((sum, c, j) => sum + c * x[j], 0);
    const slack = 1e-7 * coefficients.reduce((sum, c, j) => sum + Math.abs(c * x[j]), 1);
    return value >= lower - slack && value <= upper + slack;
  });
}

/** A gradient step in coordinates scaled to the unit box, long enough to cross a tenth of it. */
function projectedStep(x: Float64Array, gradient: Float64Array, lower: Float64Array, upper: Float64Array): Float64Array {
  const widths = x.map((_, j) => upper[j] - lower[j]);
  const norm = Math.hypot(...gradient.map((g, j) => g * widths[j])) || 1;
  return x.map((v, j) => {
    const moved = v - (0.1 * gradient[j] * widths[j] * widths[j]) / norm;
    return Math.min(upper[j], Math.max(lower[j], moved));
  });
}
