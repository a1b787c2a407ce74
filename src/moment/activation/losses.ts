import { ProblemError } from "../../errors.ts";
import { Polynomial } from "../polynomial.ts";
import type { NormObjective } from "../problem.ts";
import type { LiftedNetwork } from "./lifted.ts";
import type { DenseMatrix } from "./network.ts";
import { StreamedTriangular } from "./triangular.ts";

/**
 * - `mean`: ‖mean over samples of f(xᵢ) − yᵢ‖∞, the loss (1.3) of Zhang, Nie & Tang.
 * - `max`: largest |f(xᵢ)ⱼ − yᵢⱼ| of all samples.
 * - `squares`: root of the mean of all (f(xᵢ)ⱼ − yᵢⱼ)².
 */
export type ActivationLoss = "mean" | "max" | "squares";

/** Rows of the triangular factor are formed from pieces of about this many rows. */
const PIECE = 512;

/**
 * The loss as a norm of polynomials in the coefficients; `squares` has as many as there are monomials, plus
 * one.
 */
export function lossObjective(
  lifted: LiftedNetwork,
  targets: DenseMatrix,
  loss: ActivationLoss,
): NormObjective {
  requireTargets(lifted, targets);
  switch (loss) {
    case "mean":
      return { norm: "max", residuals: meanResiduals(lifted, targets) };
    case "max":
      return { norm: "max", residuals: allResiduals(lifted, targets) };
    case "squares": {
      const { R, cols } = liftedTriangular(lifted, targets);
      const factor = 1 / Math.sqrt(lifted.samples * lifted.outputs);
      const residuals = Array.from({ length: cols }, (_, i) =>
        Polynomial.fromTerms([
          ...lifted.terms.map(({ monomial }, k) => ({
            coefficient: k < i ? 0 : factor * R[i * cols + k],
            monomial,
          })),
          { coefficient: -factor * R[i * cols + cols - 1], monomial: [] },
        ]),
      );
      return { norm: "two", residuals };
    }
  }
}

/** The triangular factor of [lifted outputs | targets]. */
export function liftedTriangular(lifted: LiftedNetwork, targets: DenseMatrix): StreamedTriangular {
  requireTargets(lifted, targets);
  const q = lifted.terms.length;
  const factor = new StreamedTriangular(q + 1);
  const rows = lifted.samples * lifted.outputs;
  for (let from = 0; from < rows; from += PIECE) {
    const count = Math.min(PIECE, rows - from);
    const piece = new Float64Array(count * (q + 1));
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < q; k++) piece[i * (q + 1) + k] = lifted.terms[k].values[from + i];
      piece[i * (q + 1) + q] = targets.values[from + i];
    }
    factor.add(piece, count);
  }
  return factor;
}

/** Value of a loss from outputs. */
export function lossValue(outputs: DenseMatrix, targets: DenseMatrix, loss: ActivationLoss): number {
  const { rows, cols } = targets;
  const residual = (i: number, j: number): number =>
    outputs.values[i * cols + j] - targets.values[i * cols + j];
  let worst = 0;
  let squares = 0;
  for (let j = 0; j < cols; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      const r = residual(i, j);
      sum += r;
      squares += r * r;
      if (loss === "max") worst = Math.max(worst, Math.abs(r));
    }
    if (loss === "mean") worst = Math.max(worst, Math.abs(sum / rows));
  }
  return loss === "squares" ? Math.sqrt(squares / (rows * cols)) : worst;
}

function meanResiduals(lifted: LiftedNetwork, targets: DenseMatrix): Polynomial[] {
  const { samples, outputs, terms } = lifted;
  const mean = (values: Float64Array, j: number): number => {
    let sum = 0;
    for (let i = 0; i < samples; i++) sum += values[i * outputs + j];
    return sum / samples;
  };
  return Array.from({ length: outputs }, (_, j) =>
    Polynomial.fromTerms([
      ...terms.map(({ monomial, values }) => ({ coefficient: mean(values, j), monomial })),
      { coefficient: -mean(targets.values, j), monomial: [] },
    ]),
  );
}

function allResiduals(lifted: LiftedNetwork, targets: DenseMatrix): Polynomial[] {
  return Array.from({ length: lifted.samples * lifted.outputs }, (_, i) =>
    Polynomial.fromTerms([
      ...lifted.terms.map(({ monomial, values }) => ({ coefficient: values[i], monomial })),
      { coefficient: -targets.values[i], monomial: [] },
    ]),
  );
}

function requireTargets({ samples, outputs }: LiftedNetwork, targets: DenseMatrix): void {
  if (targets.rows !== samples || targets.cols !== outputs) {
    throw new ProblemError(
      `the targets are ${targets.rows} × ${targets.cols}, but the network gives ${samples} × ${outputs}`,
      { field: "targets" },
    );
  }
}
