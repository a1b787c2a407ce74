import { FormatError } from "../../errors.ts";
import { denseMatrix } from "./network.ts";
import type { DenseMatrix } from "./network.ts";

/** Reads `{"weights": [W1, W2, …]}`, each a list of rows. @throws FormatError, ProblemError */
export function weightsFromJson(value: unknown, file?: string): DenseMatrix[] {
  const where = file === undefined ? {} : { file };
  const weights = (value as { weights?: unknown } | null)?.weights;
  if (!Array.isArray(weights) || weights.length < 2) {
    throw new FormatError(
      'expected {"weights": [W1, W2, …]} with at least two matrices, each a list of rows',
      where,
    );
  }
  return (weights as unknown[]).map((matrix, k) => {
    const rows = matrix as unknown;
    if (
      !Array.isArray(rows) ||
      !rows.every((row) => Array.isArray(row) && row.every((v) => typeof v === "number"))
    ) {
      throw new FormatError(`weights[${k}] must be a list of rows of numbers`, {
        ...where,
        field: `weights[${k}]`,
      });
    }
    return denseMatrix(rows as number[][], `weights[${k}]`);
  });
}
