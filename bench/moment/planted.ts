import { minimizePolynomial } from "../../src/moment/index.ts";
import { countOption, quartiles, writeResults } from "../reproduce/moment/lib/results.ts";
import { plantedProblem, recoveryError } from "./planted-problems.ts";

/**
 * Random problems with planted minimisers: how many are recovered to 1e-5, by relaxation and polish alone.
 */
const count = countOption(process.argv, "count", 100);
const runs = [];
for (let seed = 1; seed <= count; seed++) {
  const planted = plantedProblem(seed);
  const result = await minimizePolynomial(planted.problem, { order: planted.order, starts: 0 });
  const error = recoveryError(planted, result.minimizers);
  const certified = result.certifiedLowerBound.value;
  runs.push({
    seed,
    kind: planted.kind,
    variables: planted.problem.variables.length,
    order: planted.order,
    minimizers: planted.minimizers.length,
    error: Number.isFinite(error) ? error : null,
    flat: result.flat,
    status: result.status,
    boundAboveOptimum: certified === undefined ? null : certified - planted.optimum,
    seconds: result.seconds,
  });
  if (!(error <= 1e-5))
    console.log(
      seed,
      planted.kind,
      planted.order,
      result.status,
      result.ranks.join(),
      error,
      result.orders.map((o) => o.solverStatus).join(),
    );
}
const recovered = runs.filter((run) => run.error !== null && run.error <= 1e-5).length;
const falseBounds = runs.filter(
  (run) => run.boundAboveOptimum !== null && run.boundAboveOptimum > 1e-9,
).length;
console.log(
  `${recovered} of ${count} recovered to 1e-5; ${runs.filter((r) => r.flat).length} flat; ${falseBounds} bounds above the optimum`,
);
const file = writeResults("moment-planted", `npx tsx bench/moment/planted.ts --count ${count}`, {
  recovered,
  count,
  falseBounds,
  seconds: quartiles(runs.map((run) => run.seconds)),
  runs,
});
console.log(`written to ${file}`);
