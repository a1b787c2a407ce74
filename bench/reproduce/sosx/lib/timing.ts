import { BatchEngine } from "../../../../src/sosx/engines/batch-engine.ts";
import type { LearningData, PieceRanges, TrainingProblem } from "../../../../src/sosx/index.ts";
import { createEngine, rootRanges, trainByAdam } from "../../../../src/sosx/index.ts";
import { Incumbents } from "../../../../src/sosx/incumbent.ts";
import { pieceAt } from "../../../../src/sosx/piecewise-linear.ts";
import { seededUniform } from "../../../../src/sosx/random.ts";
import { preActivations } from "../../../../src/sosx/training-problem.ts";
import { trainingProblem } from "../../../sosx/instances.ts";

export interface DepthTime {
  /** Share of the (sample, neuron) whose piece is fixed. */
  readonly fixed: number;
  readonly secondsPerLp: number;
  readonly meanIterations: number;
  /** Nodes solved to the engine's tolerance. */
  readonly solved: number;
  readonly meanBound: number;
}

export interface PassTime {
  readonly neurons: number;
  readonly pieces: number;
  readonly depths: readonly DepthTime[];
  /** Mean over the depths. */
  readonly secondsPerLp: number;
  /** N·M node LPs of that mean: one branch for each (sample, neuron), as the paper's pass makes. */
  readonly passSeconds: number;
}

/** Processor time, which other programs on the machine distort less than the clock. */
function cpuSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

/** Shares of fixed pieces at which node LPs are timed. */
const DEPTHS = [0.1, 0.3, 0.5, 0.7, 0.9];

/** Nodes around Adam's network: a random share of the (i, j) in the piece where its x_ij lies, so none is empty. */
function nodesAround(problem: TrainingProblem, hidden: Float64Array, share: number, count: number): PieceRanges[] {
  const x = preActivations(problem.design, problem.samples, hidden, problem.neurons);
  return Array.from({ length: count }, (_, node) => {
    const uniform = seededUniform(1000 * node + Math.round(100 * share));
    const ranges = rootRanges(problem);
    for (let ij = 0; ij < x.length; ij++) {
      if (uniform() >= share) continue;
      ranges.lo[ij] = pieceAt(problem.pwl, x[ij]);
      ranges.hi[ij] = ranges.lo[ij] + 1;
    }
    return ranges;
  });
}

/**
 * Processor time of node LPs on one core, in batches of the splitting, at five depths of the tree. The paper's CPU times belong to
 * one pass that branches at every (sample, neuron) without pruning; a whole tree is never searched at these sizes.
 */
export async function passTime(
  data: LearningData,
  neurons: number,
  pieces: number,
  nodes: number,
  progress: (line: string) => void,
): Promise<PassTime> {
  const problem = trainingProblem(data, neurons, pieces);
  const incumbents = new Incumbents(problem, "bias");
  incumbents.consider(trainByAdam(data.train, { neurons, activation: problem.activation, seed: 1 }).hidden, "adam");
  const hidden = incumbents.best?.parameters.hidden;
  if (hidden === undefined) throw new Error("a first network is always taken");
  const engine = await BatchEngine.create(problem, { batch: nodes });
  // The first solve compiles.
  await engine.solve([{ ranges: rootRanges(problem) }], { effort: 0.05 });
  const depths: DepthTime[] = [];
  for (const fixed of DEPTHS) {
    const requests = nodesAround(problem, hidden, fixed, nodes).map((ranges) => ({ ranges }));
    const since = process.cpuUsage();
    const answers = await engine.solve(requests);
    const secondsPerLp = cpuSeconds(since) / nodes;
    const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
    const meanIterations = mean(answers.map(({ iterations }) => iterations));
    const solved = answers.filter((answer) => answer.solved).length;
    const meanBound = mean(answers.map(({ bound }) => Math.max(0, bound)));
    depths.push({ fixed, secondsPerLp, meanIterations, solved, meanBound });
    progress(
      `M = ${neurons}, P = ${pieces}, ${100 * fixed} % fixed: ${(1000 * secondsPerLp).toFixed(1)} ms/LP, ` +
        `${meanIterations.toFixed(0)} iterations, ${solved}/${nodes} to tolerance`,
    );
  }
  engine.dispose();
  const secondsPerLp = depths.reduce((sum, depth) => sum + depth.secondsPerLp, 0) / depths.length;
  return { neurons, pieces, depths, secondsPerLp, passSeconds: secondsPerLp * problem.samples * neurons };
}

/** Processor time of one root relaxation by HiGHS, cold; undefined when it did not end within the limit. */
export async function rootSeconds(data: LearningData, neurons: number, limit: number): Promise<number | undefined> {
  const problem = trainingProblem(data, neurons);
  const highs = await createEngine(problem, "highs");
  const since = process.cpuUsage();
  const [{ solved }] = await highs.solve([{ ranges: rootRanges(problem) }], { seconds: limit });
  highs.dispose();
  return solved ? cpuSeconds(since) : undefined;
}
