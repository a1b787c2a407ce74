import {
  analyseResiduals,
  learnActivations,
  residualFigure,
  syntheticInstance,
} from "../../../src/moment/index.ts";
import { renderVegaLite } from "../../../src/report/figure.ts";
import { countOption, writeText } from "./lib/results.ts";

/** Figure 1: residuals on a test set for degrees 3, 2 and (N, m) = (250, 40). */
export async function run(args: readonly string[]): Promise<void> {
  const seed = countOption(args, "seed", 1);
  const instance = syntheticInstance({ degrees: [3, 2], samples: 250, width: 40, noise: 1e-2, seed });
  const { network, inputs, targets, test } = instance;
  const learned = await learnActivations(network, inputs, targets);
  const analysis = analyseResiduals(network, learned.coefficients, test.inputs, test.targets);
  console.log(
    `mean square ${analysis.mse.toFixed(4)}, mean norm ${analysis.meanNorm.toFixed(4)} (paper: .0133, .1002)`,
  );
  const svg = await renderVegaLite(
    residualFigure(analysis, "Residuals of the test data, degrees 3 and 2, N = 250, m = 40"),
  );
  console.log(`written to ${writeText("moment-figure1.svg", svg)}`);
}
