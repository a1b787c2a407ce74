import { minimizePolynomial, Polynomial, PolynomialRing } from "../../src/moment/index.ts";
import { fillNormal, seededRandom } from "../random.ts";
import { countOption, writeResults } from "../reproduce/moment/lib/results.ts";

/** min xᵀQx + eᵀx over x ∈ {−1, 1}ⁿ, normal Q and e, order 2, until the certified gap is 1e-3. */
const n = countOption(process.argv, "variables", 30);
const seeds = countOption(process.argv, "seeds", 1);
const { names } = PolynomialRing.numbered(n);
const runs: object[] = [];
for (let seed = 1; seed <= seeds; seed++) {
  const numbers = fillNormal(new Float64Array((n * (n + 1)) / 2), seededRandom(seed));
  const terms = [];
  for (let i = 0, k = 0; i < n; i++) {
    terms.push({ coefficient: numbers[k++], monomial: [i] });
    for (let j = i + 1; j < n; j++) terms.push({ coefficient: 2 * numbers[k++], monomial: [i, j] });
  }
  const began = performance.now();
  const result = await minimizePolynomial(
    {
      variables: names,
      objective: Polynomial.fromTerms(terms),
      binary: names.map((_, variable) => ({ variable, kind: "plusMinusOne" })),
    },
    {
      order: 2,
      gapTolerance: 1e-3,
      onProgress: (text) => console.log(`  ${((performance.now() - began) / 1000).toFixed(1)} s: ${text}`),
    },
  );
  const lower = result.certifiedLowerBound.value;
  const upper = result.upperBound;
  const gap =
    lower === undefined || upper === undefined ? null : (upper - lower) / Math.max(1, Math.abs(upper));
  runs.push({
    seed,
    status: result.status,
    lower: lower ?? null,
    upper: upper ?? null,
    gap,
    blocks: result.orders[0].blocks,
    moments: result.orders[0].moments,
    seconds: result.seconds,
  });
  console.log(
    `seed ${seed}: ${result.status}, ${lower} ≤ f* ≤ ${upper}, certified gap ${gap?.toExponential(1)}, ${result.seconds.toFixed(1)} s`,
  );
}
const command = `npx tsx bench/moment/bqp.ts --variables ${n} --seeds ${seeds}`;
console.log(`written to ${writeResults("moment-bqp", command, { variables: n, order: 2, runs })}`);
