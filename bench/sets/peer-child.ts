/**
 * node --import tsx peer-child.ts scs-solver|highs FILE EPS TIME_LIMIT: solves a file with a solver of npm and prints
 * one JSON object in the form of `spectrahedron solve --json -`. Exits with NOT_APPLICABLE for a problem it cannot take.
 */
import { readProblemFile } from "../../src/formats/node-files.ts";
import { sourceObjective } from "../../src/report/objective.ts";
import { solveWithHighs } from "../peers/highs.ts";
import { solveWithScs } from "../peers/scs-solver.ts";
import { NOT_APPLICABLE } from "./solvers.ts";

const [name, file, eps, timeLimit] = process.argv.slice(2);
const problem = await readProblemFile(file);
const solvers = { "scs-solver": solveWithScs, highs: solveWithHighs };
const solver = solvers[name as keyof typeof solvers];
const answer = await solver(problem, { eps: Number(eps), timeLimit: Number(timeLimit) });
if (answer === undefined) process.exit(NOT_APPLICABLE);
console.log(
  JSON.stringify({
    status: answer.status,
    iterations: answer.iterations,
    primalObjective: answer.objective === undefined ? null : sourceObjective(problem, answer.objective),
    seconds: { total: answer.seconds },
  }),
);
