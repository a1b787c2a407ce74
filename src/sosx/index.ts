/** Piecewise-linear networks trained by branch-and-bound on linear programs: `import … from "spectrahedron/sosx"`. */
export { approximate, hiddenFunction } from "./activation.ts";
export type { BreakpointRule, HiddenFunction, PiecewiseOptions } from "./activation.ts";
export {
  approximationError,
  errorOptimalBreakpoints,
  evaluatePiecewise,
  makePiecewiseLinear,
  uniformBreakpoints,
} from "./piecewise-linear.ts";
export type { PiecewiseLinear } from "./piecewise-linear.ts";
export { defaultBounds, makeTrainingProblem } from "./training-problem.ts";
export type {
  Loss,
  ParameterBounds,
  Parameters,
  RelaxationData,
  TrainingProblem,
  TrainingProblemInput,
} from "./training-problem.ts";
export { trainBySearch } from "./branch-and-bound.ts";
export type { SearchResult, SearchStatus } from "./branch-and-bound.ts";
export type { FoundNetwork, Refit } from "./incumbent.ts";
export { defaultSearchSettings } from "./settings.ts";
export type { BranchingRule, EngineChoice, SearchProgress, SearchSettings } from "./settings.ts";
export { trainByAdam } from "./adam.ts";
export type { AdamOptions } from "./adam.ts";
export { trainByMip } from "./mip.ts";
export type { MipResult } from "./mip.ts";
export { predictLinear, trainByLeastSquares } from "./linear-model.ts";
export { errorsOf, evaluate, predict } from "./losses.ts";
export type { Errors, Samples } from "./losses.ts";
export { activationBound, conjugateMinimum, rootRanges, safeBound } from "./node-relaxation.ts";
export type { BoundOptions, ConjugateMinimum, CutMultipliers, EnvelopeCut, Multipliers, PieceRanges } from "./node-relaxation.ts";
export { createEngine } from "./engines/choose.ts";
export type { EngineOptions } from "./engines/choose.ts";
export type { EngineLimits, NodeAnswer, NodeRequest, RelaxationEngine, WarmState } from "./engines/engine.ts";
export { prepareTable } from "./table-data.ts";
export type { ColumnScale, LearningData, TableOptions } from "./table-data.ts";
export { runStudy } from "./study.ts";
export type { ComparedMethod, MethodReport, StudyOptions, StudyResult } from "./study.ts";
export { predictionFigure, progressText, studyRecord } from "./report.ts";
export { networkText } from "./network-output.ts";
