import { isLinearOn } from "../networks/activation.ts";
import { layerInputs } from "../networks/network.ts";
import type { Layer } from "../networks/network.ts";
import type { LayerBounds } from "./interval.ts";
import type { LpColumns, LpRow } from "./lp/linear-program.ts";
import { NeuronEnvelope } from "./neuron-envelope.ts";
import type { Cut } from "./neuron-envelope.ts";
import type { Box } from "./neuron.ts";
import type { LinearConstraint } from "./query.ts";

/** A neuron whose activation bends on its range: y = σ(z), z = wᵀx + b, to be convexified. */
export interface BentNeuron {
  readonly layer: number;
  readonly index: number;
  /** Columns of z and y, and of the first of the layer's inputs. */
  readonly z: number;
  readonly y: number;
  readonly inputs: number;
  /** The hull of (z, y). */
  readonly univariate: NeuronEnvelope;
  /** The hull of (x, y). */
  readonly multivariate: NeuronEnvelope;
}

/** The relaxation's variables and its rows that are no cuts. Columns: inputs, then by layer y of all, z of the bent. */
export interface NetworkLp {
  readonly columns: LpColumns;
  readonly rows: readonly LpRow[];
  readonly bent: readonly BentNeuron[];
  /** Column of the first output of each layer; the inputs stand at 0. */
  readonly outputs: readonly number[];
}

/**
 * The linear part of a relaxation of the first layers of a network: inputs, affine maps, neurons that are linear on
 * their range, and the planes that start the relaxation of the others (for ReLU: the triangle).
 * @throws ProblemError for neurons that cannot be convexified (two inflections in the range)
 */
export function networkLp(
  layers: readonly Layer[],
  input: Box,
  constraints: readonly LinearConstraint[],
  bounds: readonly LayerBounds[],
): NetworkLp {
  const lower = [...input.lower];
  const upper = [...input.upper];
  const rows: LpRow[] = constraints.map(({ coefficients, lower: low, upper: high }) => denseRow(coefficients, 0, [], low, high));
  const bent: BentNeuron[] = [];
  const outputs: number[] = [];
  let inputs = 0;
  layers.forEach((layer, k) => {
    const { pre, post } = bounds[k];
    const source = k === 0 ? input : bounds[k - 1].post;
    const n = layerInputs(layer);
    const first = lower.length;
    outputs.push(first);
    lower.push(...post.lower);
    upper.push(...post.upper);
    layer.bias.forEach((bias, i) => {
      const y = first + i;
      const weights = layer.weights.subarray(i * n, (i + 1) * n);
      const [low, high] = [pre.lower[i], pre.upper[i]];
      const { activation } = layer;
      if (post.lower[i] === post.upper[i]) return;
      const linear = isLinearOn(activation, low, high);
      const middle = low + (high - low) / 2;
      const slope = activation.derivative(middle);
      if (linear && slope === 1 && activation.value(middle) === middle) {
        rows.push(denseRow(weights, inputs, [[y, -1]], -bias, -bias));
        return;
      }
      const z = lower.length;
      lower.push(low);
      upper.push(high);
      rows.push(denseRow(weights, inputs, [[z, -1]], -bias, -bias));
      if (linear) {
        const intercept = activation.value(middle) - slope * middle;
        const slack = 4 * 2 ** -53 * (Math.abs(activation.value(middle)) + Math.abs(slope * middle));
        const exact = intercept === 0 ? 0 : slack;
        rows.push(sparseRow([[y, 1], [z, -slope]], intercept - exact, intercept + exact));
        return;
      }
      const line = { weights: Float64Array.of(1), bias: 0, activation };
      const neuron: BentNeuron = {
        layer: k,
        index: i,
        z,
        y,
        inputs,
        univariate: new NeuronEnvelope(line, { lower: Float64Array.of(low), upper: Float64Array.of(high) }),
        multivariate: new NeuronEnvelope({ weights, bias, activation }, source),
      };
      bent.push(neuron);
      rows.push(...startingRows(neuron, low, high));
    });
    inputs = first;
  });
  return { columns: { lower: Float64Array.from(lower), upper: Float64Array.from(upper) }, rows, bent, outputs };
}

/** Planes above and below at both ends and the middle of the range, each once. */
function startingRows(neuron: BentNeuron, low: number, high: number): LpRow[] {
  const rows: LpRow[] = [];
  const seen = new Set<string>();
  for (const side of [1, -1] as const) {
    for (const at of [low, low + (high - low) / 2, high]) {
      const point = [at];
      const plane = side > 0 ? neuron.univariate.upperPlane(point) : neuron.univariate.lowerPlane(point);
      const key = `${side} ${plane.slope[0].toPrecision(9)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      rows.push(univariateRow(neuron, neuron.univariate.certifiedCut({ side, plane, violation: 0 })));
    }
  }
  return rows;
}

/** A cut in (z, y) as a row. */
export function univariateRow(neuron: BentNeuron, { side, plane }: Cut): LpRow {
  return cutRow([[neuron.y, 1], [neuron.z, -plane.slope[0]]], plane.constant, side);
}

/** A cut in (x, y) as a row. */
export function multivariateRow(neuron: BentNeuron, { side, plane }: Cut): LpRow {
  const entries: [number, number][] = [];
  plane.slope.forEach((slope, j) => {
    if (slope !== 0) entries.push([neuron.inputs + j, -slope]);
  });
  entries.push([neuron.y, 1]);
  return cutRow(entries, plane.constant, side);
}

function cutRow(entries: [number, number][], constant: number, side: 1 | -1): LpRow {
  return side > 0 ? sparseRow(entries, -Infinity, constant) : sparseRow(entries, constant, Infinity);
}

function sparseRow(entries: readonly (readonly [number, number])[], lower: number, upper: number): LpRow {
  const kept = entries.filter(([, value]) => value !== 0);
  return {
    indices: Int32Array.from(kept, ([index]) => index),
    values: Float64Array.from(kept, ([, value]) => value),
    lower,
    upper,
  };
}

function denseRow(
  coefficients: Float64Array,
  first: number,
  more: readonly (readonly [number, number])[],
  lower: number,
  upper: number,
): LpRow {
  const entries: (readonly [number, number])[] = [];
  coefficients.forEach((value, j) => entries.push([first + j, value]));
  return sparseRow([...entries, ...more], lower, upper);
}
