import { ProblemError } from "../../errors.ts";

/** A matrix, row-major. */
export interface DenseMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array;
}

/** @throws ProblemError for rows of different lengths or numbers that are not finite */
export function denseMatrix(rows: readonly (readonly number[])[], name = "the matrix"): DenseMatrix {
  const cols = rows[0]?.length ?? 0;
  if (rows.length === 0 || cols === 0) throw new ProblemError(`${name} is empty`, { field: name });
  rows.forEach((row, i) => {
    if (row.length !== cols || !row.every(Number.isFinite)) {
      throw new ProblemError(`row ${i} of ${name} must hold ${cols} finite numbers`, {
        field: name,
        index: i,
      });
    }
  });
  return { rows: rows.length, cols, values: Float64Array.from(rows.flat()) };
}

/**
 * f = W_{D+1}·h_D, h_ℓ = p_ℓ(W_ℓ·h_{ℓ−1}), h₀ = x, with weights given and p_ℓ(t) = Σ c_{ℓ,k} t^k of these
 * degrees to be learned. Normalised as in (1.1): c_{ℓ,0} = 1 for ℓ < D, while c_{D,0} is free.
 */
export interface PolynomialNetwork {
  /** W₁ … W_{D+1}. */
  readonly weights: readonly DenseMatrix[];
  /** d₁ … d_D, each at least 1. */
  readonly degrees: readonly number[];
}

/** Which layer and power a learned coefficient belongs to. */
export interface CoefficientPlace {
  /** From 0. */
  readonly layer: number;
  readonly power: number;
}

/** The learned coefficients in order: layer by layer, by power. */
export function coefficientPlaces({ degrees }: Pick<PolynomialNetwork, "degrees">): CoefficientPlace[] {
  return degrees.flatMap((degree, layer) => {
    const from = layer === degrees.length - 1 ? 0 : 1;
    return Array.from({ length: degree - from + 1 }, (_, k) => ({ layer, power: from + k }));
  });
}

/** c1_1, c1_2, …: the name of p_ℓ's coefficient of t^k is c{ℓ}_{k}, layers from 1. */
export function coefficientNames(network: Pick<PolynomialNetwork, "degrees">): string[] {
  return coefficientPlaces(network).map(({ layer, power }) => `c${layer + 1}_${power}`);
}

/** @throws ProblemError when shapes do not fit */
export function checkNetwork({ weights, degrees }: PolynomialNetwork): void {
  if (degrees.length === 0 || weights.length !== degrees.length + 1) {
    throw new ProblemError(
      `${degrees.length} hidden layers need ${degrees.length + 1} weight matrices, but there are ${weights.length}`,
      { field: "weights" },
    );
  }
  degrees.forEach((degree, index) => {
    if (!Number.isInteger(degree) || degree < 1 || degree > 8) {
      throw new ProblemError(
        `the degree of an activation must be a whole number from 1 to 8, but is ${degree}`,
        {
          field: "degrees",
          index,
          value: degree,
        },
      );
    }
  });
  for (let l = 1; l < weights.length; l++) {
    if (weights[l].cols !== weights[l - 1].rows) {
      throw new ProblemError(
        `W${l + 1} has ${weights[l].cols} columns, but layer ${l} has ${weights[l - 1].rows} neurons`,
        { field: "weights", index: l },
      );
    }
  }
}

/** Outputs, one row per sample. */
export function evaluateNetwork(
  network: PolynomialNetwork,
  c: ArrayLike<number>,
  inputs: DenseMatrix,
): DenseMatrix {
  const { weights, degrees } = network;
  const places = coefficientPlaces(network);
  let h = inputs;
  for (let layer = 0; layer < degrees.length; layer++) {
    const powers = new Float64Array(degrees[layer] + 1);
    if (layer < degrees.length - 1) powers[0] = 1;
    places.forEach((place, k) => {
      if (place.layer === layer) powers[place.power] = c[k];
    });
    const u = timesTransposed(h, weights[layer]);
    for (let i = 0; i < u.values.length; i++) {
      let value = 0;
      for (let k = powers.length - 1; k >= 0; k--) value = value * u.values[i] + powers[k];
      u.values[i] = value;
    }
    h = u;
  }
  return timesTransposed(h, weights[degrees.length]);
}

/** H·Wᵀ: each row of H taken through W. */
export function timesTransposed(H: DenseMatrix, W: DenseMatrix): DenseMatrix {
  const values = new Float64Array(H.rows * W.rows);
  for (let s = 0; s < H.rows; s++) {
    for (let i = 0; i < W.rows; i++) {
      let sum = 0;
      for (let j = 0; j < W.cols; j++) sum += W.values[i * W.cols + j] * H.values[s * H.cols + j];
      values[s * W.rows + i] = sum;
    }
  }
  return { rows: H.rows, cols: W.rows, values };
}
