import { UnsupportedError } from "../errors.ts";
import { HighsModel } from "../lp/highs.ts";
import type { LpRow } from "../lp/highs.ts";
import { isLinearOn } from "../networks/activation.ts";
import { evaluateNetwork } from "../networks/network.ts";
import type { Network } from "../networks/network.ts";
import { sparseFromTriplets } from "../problem/sparse-matrix.ts";
import type { LayerBounds } from "./interval.ts";
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
  const total = n + bent.length;
  const none = new Float64Array(0);
  const extended = (given: Float64Array, rest: number): Float64Array =>
    Float64Array.from({ length: total }, (_, j) => (j < n ? given[j] : rest));
  const program = {
    cost: extended(objective.cost, 0),
    matrix: sparseFromTriplets(0, total, [], [], []),
    rowLower: none,
    rowUpper: none,
    lower: extended(lp.columns.lower, 0),
    upper: extended(lp.columns.upper, 1),
    ...(bent.length === 0 ? {} : { integer: Int32Array.from({ length: total }, (_, j) => (j < n ? 0 : 1)) }),
  };
  const model = await HighsModel.create(program, { mip_rel_gap: 1e-9, mip_abs_gap: 1e-9 });
  try {
    model.addRows(rows);
    const { status, objective: value, x: point, mipBound = value } = model.solve({ seconds: timeLimit });
    const x = point?.subarray(0, network.inputSize).slice();
    return {
      value: x === undefined ? undefined : objective.evaluate(evaluateNetwork(network, x)),
      x,
      bound: mipBound + objective.constant,
      proved: status === "optimal",
    };
  } finally {
    model.dispose();
  }
}
