import type { LiftedNetwork } from "./lifted.ts";
import type { ActivationLoss } from "./losses.ts";
import type { DenseMatrix } from "./network.ts";
import { StreamedTriangular } from "./triangular.ts";

/** Constant of the bound for Householder's method, more than any analysis gives. */
const HOUSEHOLDER = 20;

/**
 * Rigorous lower bound on a loss for |c_v| ≤ bounds[v]: the distance of the targets from the span of the
 * lifted outputs, as if their monomials were free. Rounding of the factorisation (Higham 2002, Theorem 19.4:
 * every column is that of a matrix off by γ̃ of its norm) is taken off, weighted by the largest monomials in
 * the box.
 */
export function liftedFloor(
  lifted: LiftedNetwork,
  targets: DenseMatrix,
  loss: ActivationLoss,
  bounds: Float64Array,
): number {
  const q = lifted.terms.length;
  const columns = [...lifted.terms.map(({ values }) => values), targets.values];
  const { samples, outputs } = lifted;
  const averaged = loss === "mean";
  const rows = averaged ? outputs : samples * outputs;
  const piece = new Float64Array(rows * (q + 1));
  columns.forEach((values, k) => {
    for (let i = 0; i < samples * outputs; i++) {
      if (averaged) piece[(i % outputs) * (q + 1) + k] += values[i] / samples;
      else piece[i * (q + 1) + k] = values[i];
    }
  });
  // Averages are sums of `samples` rounded terms, whose magnitudes count.
  let perturbation = 0;
  const unit = 2 ** -53;
  columns.forEach((values, k) => {
    let square = 0;
    for (const v of values) square += v * v;
    const norm = Math.sqrt(square / (averaged ? samples : 1));
    const monomial = k < q ? lifted.terms[k].monomial.reduce((product, v) => product * bounds[v], 1) : 1;
    perturbation += norm * monomial;
  });
  const factor = new StreamedTriangular(q + 1);
  factor.add(piece, rows);
  const distance = Math.abs(factor.R[q * (q + 1) + q]);
  const error = HOUSEHOLDER * unit * ((rows + 1) * (q + 1) + samples) * perturbation;
  // ‖r‖∞ ≥ ‖r‖₂/√rows, and the root mean square is that itself.
  return Math.max(0, ((distance - error) / Math.sqrt(rows)) * (1 - 1e-12));
}
