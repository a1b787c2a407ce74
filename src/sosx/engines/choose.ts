import { highsAvailable } from "../../lp/highs.ts";
import { pieceCount } from "../piecewise-linear.ts";
import type { EngineChoice } from "../settings.ts";
import type { TrainingProblem } from "../training-problem.ts";
import { BatchEngine } from "./batch-engine.ts";
import { ConicEngine } from "./conic-engine.ts";
import type { RelaxationEngine } from "./engine.ts";
import { HighsEngine } from "./highs-engine.ts";

/** λ variables up to which one simplex solve costs a few milliseconds. */
const SMALL = 1500;

/**
 * The engine for the tree. `auto`: HiGHS for small linear problems where it is installed, the batch splitting for the
 * others.
 * @throws UnsupportedError when "highs" is asked for and not installed
 */
export async function createEngine(
  problem: TrainingProblem,
  choice: EngineChoice,
  batch: number,
): Promise<RelaxationEngine> {
  switch (choice) {
    case "highs":
      return HighsEngine.create(problem);
    case "conic":
      return new ConicEngine(problem);
    case "batch":
      return BatchEngine.create(problem, { batch });
    case "auto": {
      const size = problem.samples * problem.neurons * (pieceCount(problem.pwl) + 1);
      if (size > SMALL) return BatchEngine.create(problem, { batch });
      if (problem.loss === "mse") return new ConicEngine(problem);
      if (await highsAvailable()) return HighsEngine.create(problem);
      // Small trees are searched to the end, which asks for accurate nodes.
      return BatchEngine.create(problem, { batch, tolerance: 1e-7, maxIterations: 20_000 });
    }
  }
}

/** The engine for single accurate solves: cells and leaves. */
export async function createExactEngine(problem: TrainingProblem): Promise<RelaxationEngine> {
  if (problem.loss === "mse") return new ConicEngine(problem);
  if (await highsAvailable()) return HighsEngine.create(problem);
  return new ConicEngine(problem);
}
