import { epigraphProblem, minimizePolynomial } from "../../../src/moment/index.ts";
import { example34 } from "./lib/example34.ts";
import { writeResults } from "./lib/results.ts";

/** Example 3.4: orders 1 and 2 of the paper's own formulation. */
export async function run(): Promise<void> {
  const { network, inputs, targets, minimizer } = example34;
  const problem = epigraphProblem(network, inputs, targets, "mean");
  const orders: object[] = [];
  for (const order of [1, 2]) {
    const result = await minimizePolynomial(problem, { order });
    const extracted = result.flat ? result.minimizers[0] : undefined;
    const error = extracted && Math.max(...minimizer.map((c, k) => Math.abs(c - extracted[k])));
    const theta = result.upperBound;
    orders.push({
      order,
      flat: result.flat,
      ranks: result.ranks,
      relaxationValue: result.relaxationValue,
      theta,
      minimizer: extracted ? [...extracted].slice(0, 4) : null,
      error: error ?? null,
      seconds: result.seconds,
    });
    console.log(
      `order ${order}: ranks ${result.ranks.join(", ")}, ${result.flat ? "flat" : "not flat"}; relaxation ` +
        `${result.relaxationValue.toExponential(1)}` +
        (extracted
          ? `; (c11, c12, c20, c21) = ${[...extracted]
              .slice(0, 4)
              .map((c) => c.toFixed(9))
              .join(", ")}, θ = ${theta?.toExponential(1)}`
          : ""),
    );
  }
  console.log("paper: order 1 not flat, order 2 flat, minimiser (1, -2, 1, -1), θ* = 0");
  console.log(
    `written to ${writeResults("moment-example34", "npm run reproduce -- moment/example34", { orders })}`,
  );
}
