import { solveWithHighs } from "../../src/lp/highs.ts";
import { BatchEngine } from "../../src/sosx/engines/batch-engine.ts";
import type { PieceRanges, TrainingProblem } from "../../src/sosx/index.ts";
import { createEngine, rootRanges } from "../../src/sosx/index.ts";
import { lambdaBounds, lpLayout, nodeProgram } from "../../src/sosx/lp-form.ts";
import { pieceAt } from "../../src/sosx/piecewise-linear.ts";
import { seededUniform } from "../../src/sosx/random.ts";
import { preActivations } from "../../src/sosx/training-problem.ts";
import { distillation, listOption } from "../reproduce/sosx/lib/data.ts";
import { trainingProblem } from "./instances.ts";
import { writeResults } from "../reproduce/moment/lib/results.ts";

/** Nodes of dives: at every level a random share of the (i, j) gets the piece its x lies in. */
async function diveNodes(problem: TrainingProblem, count: number, levels: number): Promise<PieceRanges[]> {
  const engine = await createEngine(problem, "batch", { batch: 1 });
  const nodes: PieceRanges[] = [];
  try {
    for (let dive = 0; nodes.length < count; dive++) {
      const uniform = seededUniform(dive + 1);
      let ranges = rootRanges(problem);
      let [answer] = await engine.solve([{ ranges }]);
      for (let level = 0; level < levels && nodes.length < count && answer.hidden !== undefined; level++) {
        const x = preActivations(problem.design, problem.samples, answer.hidden, problem.neurons);
        const [lo, hi] = [ranges.lo.slice(), ranges.hi.slice()];
        for (let ij = 0; ij < x.length; ij++) {
          if (hi[ij] - lo[ij] < 2 || uniform() > 0.25) continue;
          const k = pieceAt(problem.pwl, x[ij]);
          lo[ij] = Math.min(hi[ij] - 1, Math.max(lo[ij], k));
          hi[ij] = lo[ij] + 1;
        }
        ranges = { lo, hi };
        [answer] = await engine.solve([{ ranges }], {});
        if (answer.hidden !== undefined) nodes.push(ranges);
      }
    }
  } finally {
    engine.dispose();
  }
  return nodes;
}

/** A node with the pieces of some samples open again. */
function reopened(problem: TrainingProblem, { lo, hi }: PieceRanges, turn: number): PieceRanges {
  const opened = { lo: lo.slice(), hi: hi.slice() };
  for (let ij = 0; ij < lo.length; ij++) {
    if ((Math.floor(ij / problem.neurons) + turn) % 4 !== 0) continue;
    opened.lo[ij] = 0;
    opened.hi[ij] = problem.pwl.breakpoints.length - 1;
  }
  return opened;
}

function cpuSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

/**
 * `[--data FOLDER] [--neurons 10] [--attempts 3] [--nodes 64] [--threads 2] [--highs-seconds 120]`: node LPs in one batch of
 * the splitting, by one thread and by several, beside as many solves by HiGHS, each from scratch. Some seven minutes.
 */
export async function run(args: readonly string[]): Promise<void> {
  const [neurons] = listOption(args, "neurons", [10]);
  const [attempts] = listOption(args, "attempts", [3]);
  const [size] = listOption(args, "nodes", [64]);
  // HiGHS stops after so many seconds of one attempt; its mean is that of the nodes it came to.
  const [budget] = listOption(args, "highs-seconds", [120]);
  const [threads] = listOption(args, "threads", [2]);
  const problem = trainingProblem(distillation(args), neurons);
  const nodes = await diveNodes(problem, Math.min(size, 16), 8);
  // Sixteen different nodes, repeated with all their (i, j) of every fourth sample opened again: cheap to come by.
  while (nodes.length < size) nodes.push(reopened(problem, nodes[nodes.length % 16], nodes.length));
  const batch = await BatchEngine.create(problem, { batch: size });
  const shared = await BatchEngine.create(problem, { batch: size, threads });
  // Starts the threads and compiles.
  await shared.solve(nodes.map((ranges) => ({ ranges })), { effort: 0.02 });
  const program = nodeProgram(problem);
  const { lambda } = lpLayout(problem);
  const tries: object[] = [];
  for (let attempt = 0; attempt < attempts; attempt++) {
    let clock = performance.now();
    let cpu = process.cpuUsage();
    const values: number[] = [];
    for (const ranges of nodes) {
      if (performance.now() - clock > budget * 1000) break;
      const upper = program.upper.slice();
      upper.set(lambdaBounds(problem, ranges), lambda);
      const answer = await solveWithHighs({ ...program, upper });
      values.push(answer.objective);
    }
    const highs = (performance.now() - clock) / 1000 / values.length;
    const highsCpu = cpuSeconds(cpu) / values.length;
    clock = performance.now();
    cpu = process.cpuUsage();
    const answers = await batch.solve(nodes.map((ranges) => ({ ranges })));
    const splitting = (performance.now() - clock) / 1000 / nodes.length;
    const splittingCpu = cpuSeconds(cpu) / nodes.length;
    clock = performance.now();
    await shared.solve(nodes.map((ranges) => ({ ranges })));
    const byThreads = (performance.now() - clock) / 1000 / nodes.length;
    const slack = values.map((value, k) => value - Math.max(0, answers[k].bound));
    const line = {
      solvedByHighs: values.length,
      highsSecondsPerLp: highs,
      batchSecondsPerLp: splitting,
      ratioOneCore: highs / splitting,
      // Of processor time: what a loaded machine does not distort.
      highsCpuSecondsPerLp: highsCpu,
      batchCpuSecondsPerLp: splittingCpu,
      ratioCpu: highsCpu / splittingCpu,
      // Two HiGHS processes on two cores would halve its time at best; this batch uses one core.
      ratioAgainstTwoCores: highs / 2 / splitting,
      threads,
      threadedSecondsPerLp: byThreads,
      gainOfThreads: splitting / byThreads,
      ratioThreaded: highs / Math.min(2, threads) / byThreads,
      solvedToTolerance: answers.filter(({ solved }) => solved).length,
      meanIterations: answers.reduce((sum, { iterations }) => sum + iterations, 0) / answers.length,
      meanBoundSlack: slack.reduce((sum, v) => sum + v, 0) / slack.length,
      worstBoundSlack: Math.max(...slack),
      boundAboveOptimum: slack.filter((v) => v < -1e-7).length,
      meanOptimum: values.reduce((sum, v) => sum + v, 0) / values.length,
    };
    tries.push(line);
    console.log(line);
  }
  const command = `npx tsx bench/sosx/main.ts throughput --neurons ${neurons} --attempts ${attempts} --nodes ${size} --highs-seconds ${budget} --threads ${threads}`;
  const file = writeResults("sosx-throughput", command, {
    neurons,
    samples: problem.samples,
    pieces: 3,
    nodes: size,
    tolerance: 1e-4,
    attempts: tries,
  });
  shared.dispose();
  console.log(`written to ${file}`);
}
