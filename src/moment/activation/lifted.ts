import type { Monomial } from "../monomial.ts";
import { monomialKey, multiplyMonomials } from "../monomial.ts";
import { checkNetwork, coefficientPlaces, timesTransposed } from "./network.ts";
import type { DenseMatrix, PolynomialNetwork } from "./network.ts";

/** Outputs as polynomials of the coefficients: f(xᵢ)ⱼ = Σ_α values_α[i·outputs + j]·c^α. */
export interface LiftedNetwork {
  readonly samples: number;
  readonly outputs: number;
  readonly terms: readonly { readonly monomial: Monomial; readonly values: Float64Array }[];
}

type PolynomialTable = Map<string, { readonly monomial: Monomial; readonly values: DenseMatrix }>;

/**
 * Expands the network over the monomials of its coefficients, for all samples at once. @throws ProblemError
 */
export function liftNetwork(network: PolynomialNetwork, inputs: DenseMatrix): LiftedNetwork {
  checkNetwork(network);
  const { weights, degrees } = network;
  const places = coefficientPlaces(network);
  let h: PolynomialTable = new Map([["", { monomial: [], values: inputs }]]);
  for (let layer = 0; layer < degrees.length; layer++) {
    const u = through(h, weights[layer]);
    const size = inputs.rows * weights[layer].rows;
    const one: DenseMatrix = {
      rows: inputs.rows,
      cols: weights[layer].rows,
      values: new Float64Array(size).fill(1),
    };
    let power: PolynomialTable = new Map([["", { monomial: [], values: one }]]);
    const next: PolynomialTable = new Map();
    if (layer < degrees.length - 1) addTo(next, [], one);
    for (let k = 0; k <= degrees[layer]; k++) {
      if (k > 0) power = product(power, u);
      const coefficient = places.findIndex((place) => place.layer === layer && place.power === k);
      if (coefficient < 0) continue;
      for (const { monomial, values } of power.values())
        addTo(next, multiplyMonomials(monomial, [coefficient]), values);
    }
    h = next;
  }
  const out = through(h, weights[degrees.length]);
  return {
    samples: inputs.rows,
    outputs: weights[degrees.length].rows,
    terms: [...out.values()].map(({ monomial, values }) => ({ monomial, values: values.values })),
  };
}

function through(h: PolynomialTable, W: DenseMatrix): PolynomialTable {
  return new Map(
    [...h].map(([key, { monomial, values }]) => [key, { monomial, values: timesTransposed(values, W) }]),
  );
}

/** Entry by entry. */
function product(a: PolynomialTable, b: PolynomialTable): PolynomialTable {
  const result: PolynomialTable = new Map();
  for (const p of a.values()) {
    for (const q of b.values()) {
      const values = p.values.values.map((v, i) => v * q.values.values[i]);
      addTo(result, multiplyMonomials(p.monomial, q.monomial), { ...p.values, values });
    }
  }
  return result;
}

function addTo(table: PolynomialTable, monomial: Monomial, values: DenseMatrix): void {
  const key = monomialKey(monomial);
  const before = table.get(key);
  if (!before) table.set(key, { monomial, values: { ...values, values: values.values.slice() } });
  else for (let i = 0; i < values.values.length; i++) before.values.values[i] += values.values[i];
}
