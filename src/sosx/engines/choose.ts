import { SettingsError } from "../../errors.ts";
import { highsAvailable } from "../../lp/highs.ts";
import { pieceCount } from "../piecewise-linear.ts";
import type { EngineChoice } from "../settings.ts";
import type { TrainingProblem } from "../training-problem.ts";
import { BatchEngine } from "./batch-engine.ts";
import type { BatchOptions } from "./batch-engine.ts";
import { ConicEngine } from "./conic-engine.ts";
import type { RelaxationEngine } from "./engine.ts";
import { GpuEngine } from "./gpu-engine.ts";
import { HighsEngine } from "./highs-engine.ts";
import type { HighsOptions } from "./highs-engine.ts";

/** λ variables up to which one simplex solve costs a few milliseconds. */
const SMALL = 1500;

export type EngineOptions = Pick<BatchOptions, "batch" | "threads"> & HighsOptions;

/** Entries of X in a full batch from which a GPU is looked for: an iteration's work then dwarfs its dispatches. */
const LARGE = 2 ** 18;

/**
 * The engine for the tree. `auto`: HiGHS for small linear problems where it is installed, the batch splitting for the
 * others: on a GPU (never a software adapter) for large ones where there is one, else on the CPU.
 * @throws UnsupportedError when "highs" or "gpu" is asked for and not at hand
 */
export async function createEngine(
  problem: TrainingProblem,
  choice: EngineChoice,
  options: EngineOptions = {},
): Promise<RelaxationEngine> {
  if (options.envelopes && choice !== "highs" && choice !== "auto") {
    throw new SettingsError('cuts of neuron envelopes need the engine "highs": the others have one matrix for all nodes', {
      field: "envelopes",
    });
  }
  switch (choice) {
    case "highs":
      return HighsEngine.create(problem, options);
    case "conic":
      return new ConicEngine(problem);
    case "gpu":
      return GpuEngine.create(problem, options);
    case "batch":
      return BatchEngine.create(problem, options);
    case "auto": {
      if (options.envelopes) return HighsEngine.create(problem, options);
      const size = problem.samples * problem.neurons * (pieceCount(problem.pwl) + 1);
      if (size > SMALL) {
        const entries = problem.samples * problem.neurons * (options.batch ?? 64);
        const gpu = entries >= LARGE && problem.outputs <= 16 && (await hasGpu());
        return gpu ? GpuEngine.create(problem, options) : BatchEngine.create(problem, options);
      }
      if (problem.loss === "mse") return new ConicEngine(problem);
      if (await highsAvailable()) return HighsEngine.create(problem);
      // Small trees are searched to the end, which asks for accurate nodes.
      return BatchEngine.create(problem, { ...options, tolerance: 1e-7, maxIterations: 20_000 });
    }
  }
}

/** The engine for single accurate solves: cells and leaves. */
export async function createExactEngine(problem: TrainingProblem): Promise<RelaxationEngine> {
  if (problem.loss === "mse") return new ConicEngine(problem);
  if (await highsAvailable()) return HighsEngine.create(problem);
  return new ConicEngine(problem);
}

async function hasGpu(): Promise<boolean> {
  const { listAdapters } = await import("../../backends/webgpu/adapters.ts");
  return (await listAdapters()).some(({ description }) => !description.software);
}
