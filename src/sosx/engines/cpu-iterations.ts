import type { DenseKernels } from "../../linear/dense-kernels.ts";
import type { RelaxationData } from "../training-problem.ts";
import { BatchSolver } from "./batch-solver.ts";
import type { AccuracyOptions, Iterations } from "./batch-solver.ts";
import { SplittingStep } from "./splitting-step.ts";

/** The splitting in double precision on the calling thread. */
export function cpuBatchSolver(
  problem: RelaxationData,
  kernels: DenseKernels,
  options: AccuracyOptions = {},
): BatchSolver {
  const step = new SplittingStep(problem, kernels);
  const iterations: Iterations = {
    between: 25,
    advance(state, ranges, count) {
      for (let k = 0; k < count; k++) step.advance(state, ranges);
    },
  };
  return new BatchSolver(problem, step, iterations, options);
}
