import * as z from "zod";
import { syntheticInstance } from "../../moment/activation/synthetic.ts";
import type { DenseMatrix } from "../../moment/activation/network.ts";
import { listOf, nonNegative, whole } from "../parameters.ts";
import type { TaskInput } from "../task.ts";
import type { GeneratedInputs, Generator } from "./registry.ts";

const parameters = z.strictObject({
  /** Degrees of the planted activations. */
  degrees: listOf(z.int().min(1).max(8)),
  samples: whole(1),
  /** Neurons of every layer, inputs and outputs. */
  width: whole(1),
  /** Standard deviation of the outputs' noise. */
  noise: nonNegative.default(1e-2),
  seed: whole(0).default(1),
});
type Parameters = z.output<typeof parameters>;

/**
 * Data, weights and test data of a network with planted coefficients (Section 4 of the paper behind src/moment). The
 * assessment is `absErr` = ‖c − c*‖₂, `relErr` = absErr/‖ε‖₂ and `baselineAbsErr`.
 */
export const plantedActivation: Generator<Parameters> = {
  name: "plantedActivation",
  task: "activation",
  parameters,
  generate,
};

interface Learned {
  readonly coefficients: Readonly<Record<string, number>>;
  readonly baseline: { readonly coefficients: readonly number[] };
}

function generate(asked: Parameters): GeneratedInputs {
  const { network, inputs, targets, coefficients, noiseNorm, test } = syntheticInstance(asked);
  const distance = (found: readonly number[]): number =>
    Math.sqrt(coefficients.reduce((sum, c, k) => sum + (found[k] - c) ** 2, 0));
  const encoder = new TextEncoder();
  const file = (name: string, text: string): TaskInput => ({ name, bytes: encoder.encode(text) });
  return {
    inputs: {
      data: file("planted.csv", tableText(inputs, targets)),
      test: file("planted-test.csv", tableText(test.inputs, test.targets)),
      weights: file("planted.json", JSON.stringify({ weights: network.weights.map(rowsOf) })),
    },
    assess(record) {
      const { coefficients: learned, baseline } = record as Learned;
      const absErr = distance(Object.values(learned));
      return {
        absErr,
        relErr: noiseNorm > 0 ? absErr / noiseNorm : null,
        baselineAbsErr: distance(baseline.coefficients),
      };
    },
  };
}

function rowsOf({ rows, cols, values }: DenseMatrix): number[][] {
  return Array.from({ length: rows }, (_, i) => [...values.subarray(i * cols, (i + 1) * cols)]);
}

/** Numbers as JavaScript prints them, which reads back exactly. */
function tableText(inputs: DenseMatrix, targets: DenseMatrix): string {
  const names = (letter: string, count: number): string[] => Array.from({ length: count }, (_, k) => `${letter}${k + 1}`);
  const header = [...names("x", inputs.cols), ...names("y", targets.cols)].join(",");
  const [left, right] = [rowsOf(inputs), rowsOf(targets)];
  return `${[header, ...left.map((row, i) => [...row, ...right[i]].join(","))].join("\n")}\n`;
}
