import createHighs from "highs";
import type { Highs } from "highs";
import type { Box, Neuron } from "../../src/relaxation/neuron.ts";

let loaded: Promise<Highs> | undefined;

/**
 * The concave (`side` 1) or convex (`side` −1) envelope of a neuron at x by linear programming: the best convex
 * combination of points of its graph. Points enter as pricing finds them: for the duals (α, β) of an LP the point
 * with the greatest side·σ(wᵀv + b) − α − βᵀv lies, for its argument s, at the greedy filling of the box by β_j/w_j;
 * s runs over a grid of `grid` points and is then refined by golden section. Shares no code with the formulas tested.
 *
 * Returns the LP's value and by how much the best unpriced point could still raise it.
 */
export async function hullByLp(
  neuron: Neuron,
  box: Box,
  x: ArrayLike<number>,
  side: 1 | -1,
  grid = 400,
): Promise<{ readonly value: number; readonly slack: number }> {
  loaded ??= createHighs();
  const highs = await loaded;
  const n = neuron.weights.length;
  const height = (v: ArrayLike<number>): number => {
    let z = neuron.bias;
    for (let j = 0; j < n; j++) z += neuron.weights[j] * v[j];
    return side * neuron.activation.value(z);
  };
  const columns: Float64Array[] = [];
  const corners = Math.min(1 << n, 64);
  for (let mask = 0; mask < corners; mask++) {
    columns.push(Float64Array.from({ length: n }, (_, j) => ((mask >> j) & 1 ? box.upper[j] : box.lower[j])));
  }
  columns.push(Float64Array.from(x));
  const rows = Float64Array.from([...Float64Array.from(x), 1]);
  return highs.withModel((model) => {
    model.options.set({ output_flag: false, presolve: "off", primal_feasibility_tolerance: 1e-10, dual_feasibility_tolerance: 1e-10 });
    model.addRows({
      lower: rows,
      upper: rows,
      matrix: { format: "csr", numRows: n + 1, numCols: 0, starts: new Int32Array(n + 2), indices: new Int32Array(0), values: new Float64Array(0) },
    });
    const indices = Int32Array.from({ length: n + 1 }, (_, j) => j);
    const add = (v: Float64Array): void => {
      model.addCol(-height(v), 0, highs.infinity, { indices, values: [...v, 1] });
    };
    columns.forEach(add);
    for (let round = 0; ; round++) {
      model.run();
      const { rowDual } = model.getSolution();
      const value = -model.getObjectiveValue();
      // The LP minimises −height: its duals are minus the plane's.
      const beta = Array.from({ length: n }, (_, j) => -rowDual[j]);
      const best = bestPoint(neuron, box, beta, height, grid);
      const slack = best.value + rowDual[n];
      if (slack <= 1e-11 || round >= 200) return { value: side * value, slack: Math.max(0, slack) };
      add(best.point);
    }
  });
}

function bestPoint(
  neuron: Neuron,
  box: Box,
  beta: readonly number[],
  height: (v: ArrayLike<number>) => number,
  grid: number,
): { readonly value: number; readonly point: Float64Array } {
  const n = beta.length;
  const order = beta.map((_, j) => j).sort((p, q) => beta[p] / neuron.weights[p] - beta[q] / neuron.weights[q]);
  const start = Float64Array.from(neuron.weights, (w, j) => (w > 0 ? box.lower[j] : box.upper[j]));
  const widths = order.map((j) => Math.abs(neuron.weights[j]) * (box.upper[j] - box.lower[j]));
  const total = widths.reduce((sum, v) => sum + v, 0);
  const fill = (amount: number): Float64Array => {
    const v = start.slice();
    let left = amount;
    for (let k = 0; k < n && left > 0; k++) {
      const j = order[k];
      const step = Math.min(1, left / widths[k]);
      v[j] = neuron.weights[j] > 0
        ? box.lower[j] + step * (box.upper[j] - box.lower[j])
        : box.upper[j] - step * (box.upper[j] - box.lower[j]);
      left -= widths[k];
    }
    return v;
  };
  const gain = (amount: number): number => {
    const v = fill(amount);
    return height(v) - beta.reduce((sum, b, j) => sum + b * v[j], 0);
  };
  const marks = Array.from({ length: grid + 1 }, (_, k) => (total * k) / grid);
  let sum = 0;
  for (const width of widths) marks.push(Math.min((sum += width), total));
  marks.sort((p, q) => p - q);
  const gains = marks.map(gain);
  const highest = Math.max(...gains);
  const spread = highest - Math.min(...gains);
  let at = marks[gains.indexOf(highest)];
  let value = highest;
  // Every peak of the grid that could be the highest once refined.
  for (let k = 0; k < marks.length; k++) {
    const before = gains[k - 1] ?? -Infinity;
    const after = gains[k + 1] ?? -Infinity;
    if (gains[k] < before || gains[k] < after || gains[k] < highest - spread / grid) continue;
    const peak = goldenSection(gain, marks[k - 1] ?? 0, marks[k + 1] ?? total);
    if (gain(peak) > value) [value, at] = [gain(peak), peak];
  }
  return { value, point: fill(at) };
}

function goldenSection(gain: (at: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  const ratio = (Math.sqrt(5) - 1) / 2;
  for (let k = 0; k < 45; k++) {
    const a = high - ratio * (high - low);
    const b = low + ratio * (high - low);
    if (gain(a) > gain(b)) high = b;
    else low = a;
  }
  return (low + high) / 2;
}
