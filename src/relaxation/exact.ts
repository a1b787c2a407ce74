import type { Model } from "highs";
import { UnsupportedError } from "../errors.ts";
import { isLinearOn } from "../networks/activation.ts";
import { evaluateNetwork } from "../networks/network.ts";
import type { Network } from "../networks/network.ts";
import type { LayerBounds } from "./interval.ts";
import { loadHighs } from "./lp/highs-engine.ts";
import type { LpRow } from "./lp/linear-program.ts";
import type { LinearObjective } from "./network-objective.ts";
import type { NetworkLp } from "./network-lp.ts";

export interface ExactResult {
  /** The objective of the true network at the minimiser found; undefined where none was found in time. */
  readonly value: number | undefined;
  readonly x: Float64Array | undefined;
  /** HiGHS's lower bound on the minimum (not a safe bound: exact to HiGHS's tolerances). */
  readonly bound: number;
  /** The minimum, to HiGHS's tolerances, was proved. */
  readonly proved: boolean;
}

/**
 * The minimum of an objective over a network of (leaky) ReLUs by mixed-integer programming with HiGHS: a binary δ for
 * every bent neuron, z ≤ y ≤ z − (1 − a)l(1 − δ), az ≤ y ≤ az + (1 − a)uδ (a the slope left of zero).
 * @throws UnsupportedError for other activations
 */
export async function exactMinimum(
  network: Network,
  lp: NetworkLp,
  bounds: readonly LayerBounds[],
  objective: LinearObjective,
  timeLimit: number,
): Promise<ExactResult> {
  const highs = await loadHighs();
  const n = lp.columns.lower.length;
  const { bent } = lp;
  const rows: LpRow[] = [...lp.rows];
  bent.forEach(({ layer, index, z, y }, k) => {
    const { activation } = network.layers[layer];
    const slope = activation.name === "relu" ? 0 : (activation.parameters?.slope ?? NaN);
    const { lower, upper } = bounds[layer].pre;
    if (!isLinearOn(activation, lower[index], 0) || !isLinearOn(activation, 0, upper[index]) || !(slope < 1)) {
      throw new UnsupportedError(`the exact optimum is computed for relu and leaky_relu networks, not for ${activation.name}`);
    }
    const low = (1 - slope) * lower[index];
    const high = (1 - slope) * upper[index];
    const entries = (values: [number, number, number], least: number, most: number): LpRow => ({
      indices: Int32Array.of(z, y, n + k),
      values: Float64Array.from(values),
      lower: least,
      upper: most,
    });
    rows.push(entries([-1, 1, -low], -Infinity, -low));
    rows.push(entries([-slope, 1, -high], -Infinity, 0));
  });
  return highs.withModel((model) => {
    model.options.set({ output_flag: false, mip_rel_gap: 1e-9, mip_abs_gap: 1e-9, time_limit: timeLimit });
    fill(model, lp, rows, bent.length, highs.infinity);
    const cost = new Float64Array(n + bent.length);
    cost.set(objective.cost);
    model.changeColsCost({ kind: "range", from: 0, to: cost.length - 1 }, cost);
    const { modelStatus } = model.run();
    const x = model.getSolution().colValue.subarray(0, network.inputSize).slice();
    // HiGHS's code of a feasible point.
    const known = Number(model.info.get("primal_solution_status")) === 2;
    const proved = modelStatus === highs.constants.modelStatus.optimal;
    const bound = Number(bent.length === 0 ? model.getObjectiveValue() : model.info.get("mip_dual_bound"));
    return {
      value: known ? objective.evaluate(evaluateNetwork(network, x)) : undefined,
      x: known ? x : undefined,
      bound: bound + objective.constant,
      proved,
    };
  });
}

function fill(model: Model, { columns }: NetworkLp, rows: readonly LpRow[], binaries: number, infinity: number): void {
  const n = columns.lower.length;
  model.addVars(
    Float64Array.from({ length: n + binaries }, (_, j) => (j < n ? columns.lower[j] : 0)),
    Float64Array.from({ length: n + binaries }, (_, j) => (j < n ? columns.upper[j] : 1)),
  );
  if (binaries > 0) {
    model.changeColsIntegrality({ kind: "range", from: n, to: n + binaries - 1 }, new Int32Array(binaries).fill(1));
  }
  for (const { lower, upper, indices, values } of rows) {
    model.addRow(Math.max(lower, -infinity), Math.min(upper, infinity), { indices, values });
  }
}
