import type { RelaxationData } from "../../training-problem.ts";
import type { AccuracyOptions } from "../batch-solver.ts";
import type { EngineLimits, NodeAnswer, NodeRequest } from "../engine.ts";

/** First message to a thread. */
export interface ThreadStart {
  readonly data: RelaxationData;
  readonly accuracy: AccuracyOptions;
  /** The dense kernels, compiled; absent where WebAssembly SIMD is. */
  readonly module?: WebAssembly.Module | undefined;
}

/** Every other message to a thread. */
export interface ThreadTask {
  readonly id: number;
  readonly requests: readonly NodeRequest[];
  readonly limits: EngineLimits;
}

/** A thread's answer to a task. */
export interface ThreadReply {
  readonly id: number;
  readonly answers?: readonly NodeAnswer[];
  /** Message of an error. */
  readonly error?: string;
}

/** What of a problem can be sent to a thread. */
export function relaxationData(problem: RelaxationData): RelaxationData {
  const { samples, features, outputs, neurons, design, targets, outputWeights, pwl, loss, bounds } = problem;
  return { samples, features, outputs, neurons, design, targets, outputWeights, pwl, loss, bounds };
}
