import { minimizePolynomial, PolynomialRing } from "../../src/moment/index.ts";
import { countOption, writeResults } from "../reproduce/moment/lib/results.ts";
import { broydenTridiagonal, chainedSingular } from "./sparse-problems.ts";

/** Chained problems of many variables at order 2, by correlative (and term) sparsity. */
const n = countOption(process.argv, "variables", 1000);
const { names, variables: x } = PolynomialRing.numbered(n);
const runs: object[] = [];
for (const [name, objective] of [
  ["Broyden tridiagonal", broydenTridiagonal(x)],
  ["chained singular", chainedSingular(x)],
] as const) {
  for (const term of [false, true]) {
    const result = await minimizePolynomial(
      { variables: names, objective },
      { order: 2, sparsity: { correlative: true, term }, starts: 1 },
    );
    const [report] = result.orders;
    runs.push({
      name,
      variables: n,
      termSparsity: term,
      status: result.status,
      relaxationValue: result.relaxationValue,
      upperBound: result.upperBound,
      blocks: report.blocks,
      moments: report.moments,
      cliques: report.cliques,
      iterations: report.iterations,
      seconds: result.seconds,
    });
    console.log(
      `${name}, ${n} variables${term ? ", term sparsity" : ""}: ${result.status}, bound ${result.relaxationValue.toExponential(1)}, ` +
        `point ${result.upperBound?.toExponential(1)}, ${result.seconds.toFixed(1)} s`,
    );
  }
}
console.log(
  `written to ${writeResults("moment-sparse", `npx tsx bench/moment/sparse.ts --variables ${n}`, { runs })}`,
);
