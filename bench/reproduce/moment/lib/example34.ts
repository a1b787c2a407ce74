import { denseMatrix } from "../../../../src/moment/index.ts";
import type { DenseMatrix, PolynomialNetwork } from "../../../../src/moment/index.ts";

/**
 * Example 3.4. The second row of W₃ is [−2 −1 1 1]: with it the data, the averaged residuals printed in the
 * paper and the minimiser agree.
 */
export const example34: {
  readonly network: PolynomialNetwork;
  readonly inputs: DenseMatrix;
  readonly targets: DenseMatrix;
  readonly minimizer: readonly number[];
} = {
  network: {
    degrees: [2, 1],
    weights: [
      denseMatrix([
        [1, 0, -1, 1],
        [0, 1, 1, 1],
        [-1, 0, 1, -1],
        [-2, 1, -1, 0],
      ]),
      denseMatrix([
        [1, -1, 0, 2],
        [2, 1, 1, 0],
        [1, 1, 1, 2],
        [0, 1, 1, 1],
      ]),
      denseMatrix([
        [1, 1, 0, 1],
        [-2, -1, 1, 1],
        [1, 0, 1, 1],
        [-1, 0, -2, 1],
      ]),
    ],
  },
  inputs: denseMatrix([
    [2, 1, 0, -1],
    [-1, 1, 1, 1],
  ]),
  targets: denseMatrix([
    [66, -22, 106, -104],
    [38, 30, 46, -33],
  ]),
  /** c₁₁, c₁₂, c₂₀, c₂₁. */
  minimizer: [1, -2, 1, -1],
};
