import { minimizePolynomial, Polynomial, PolynomialRing } from "../../src/moment/index.ts";
import { countOption, writeResults } from "../reproduce/moment/lib/results.ts";

/** Chained problems of many variables at order 2, by correlative (and term) sparsity. */
const n = countOption(process.argv, "variables", 1000);
const { names, variables: x } = PolynomialRing.numbered(n);
const runs: object[] = [];
for (const [name, objective] of [
  ["Broyden tridiagonal", broyden()],
  ["chained singular", chainedSingular()],
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

/** Σ ((3 − 2xᵢ)xᵢ − xᵢ₋₁ − 2xᵢ₊₁ + 1)². */
function broyden(): Polynomial {
  return sumOf(
    x.map((xi, i) => {
      let p = xi.times(3).minus(xi.power(2).times(2)).plus(1);
      if (i > 0) p = p.minus(x[i - 1]);
      if (i < n - 1) p = p.minus(x[i + 1].times(2));
      return p.power(2);
    }),
  );
}

/** Σ over even i of (xᵢ + 10xᵢ₊₁)² + 5(xᵢ₊₂ − xᵢ₊₃)² + (xᵢ₊₁ − 2xᵢ₊₂)⁴ + 10(xᵢ − 10xᵢ₊₃)⁴. */
function chainedSingular(): Polynomial {
  const parts: Polynomial[] = [];
  for (let i = 0; i + 3 < n; i += 2) {
    parts.push(
      x[i].plus(x[i + 1].times(10)).power(2),
      x[i + 2]
        .minus(x[i + 3])
        .power(2)
        .times(5),
      x[i + 1].minus(x[i + 2].times(2)).power(4),
      x[i]
        .minus(x[i + 3].times(10))
        .power(4)
        .times(10),
    );
  }
  return sumOf(parts);
}

function sumOf(parts: readonly Polynomial[]): Polynomial {
  return Polynomial.fromTerms(parts.flatMap((p) => p.terms));
}
