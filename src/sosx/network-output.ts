import type { ColumnScale } from "./table-data.ts";
import type { Parameters } from "./training-problem.ts";

/**
 * A trained network as text in the project's network format (src/networks/json.ts), taking and giving the table's own
 * units: the scaling to [−1, 1] is folded into the weights.
 */
export function networkText(
  { hidden, outputWeights, outputBias }: Parameters,
  activation: string,
  inputs: readonly ColumnScale[],
  targets: readonly ColumnScale[],
  description: string,
): string {
  const C = outputBias.length;
  const M = outputWeights.length / C;
  const width = inputs.length + 1;
  const first: number[][] = [];
  const firstBias: number[] = [];
  for (let j = 0; j < M; j++) {
    let bias = hidden[j * width + inputs.length];
    first.push(
      inputs.map(({ low, high }, k) => {
        const w = hidden[j * width + k];
        bias -= w * (1 + (2 * low) / (high - low));
        return (2 * w) / (high - low);
      }),
    );
    firstBias.push(bias);
  }
  const second = targets.map(({ low, high }, c) =>
    Array.from({ length: M }, (_, j) => (outputWeights[c * M + j] * (high - low)) / 2),
  );
  const secondBias = targets.map(({ low, high }, c) => ((outputBias[c] + 1) * (high - low)) / 2 + low);
  return `${JSON.stringify({
    description,
    input_size: inputs.length,
    output_size: C,
    layers: [
      { weights: first, bias: firstBias, activation },
      { weights: second, bias: secondBias, activation: "identity" },
    ],
  })}\n`;
}
