export type { ConicPoint, ConicProblem, ObjectiveConvention } from "./problem/conic-problem.ts";
export type * from "./problem/cones.ts";
export { coneDim, coneOffsets, describeCone } from "./problem/cones.ts";
export type { SparseMatrix } from "./problem/sparse-matrix.ts";
export { sparseFromTriplets } from "./problem/sparse-matrix.ts";
export { matrixToSvec, svecIndex, svecLength, svecToMatrix } from "./problem/svec.ts";
export type * from "./problem/operators/linear-operator.ts";
export type * from "./errors.ts";
export {
  FormatError,
  ProblemError,
  SettingsError,
  SpectrahedronError,
  UnsupportedError,
  WarmStartError,
} from "./errors.ts";
export { solve } from "./solver/solve.ts";
export { ConicSolver } from "./solver/conic-solver.ts";
export { certifiedMinEigenvalue } from "./solver/min-eigenvalue.ts";
export { loadDenseKernels, missingThreads, useThreads } from "./backends/cpu/kernels/load.ts";
export type { DenseKernelChoice } from "./backends/cpu/kernels/load.ts";
export type { DenseKernels } from "./linear/dense-kernels.ts";
export { validateProblem } from "./problem/validate.ts";
export type { ValidatedProblem } from "./problem/validate.ts";
export { defaultSettings } from "./solver/settings.ts";
export type {
  BackendChoice,
  IterationInfo,
  KernelChoice,
  LinearSolverChoice,
  Method,
  Precision,
  RefinementChoice,
  Settings,
} from "./solver/settings.ts";
export type {
  Certificate,
  Counters,
  DimacsErrors,
  KernelTime,
  Measures,
  Result,
  Status,
  Timings,
} from "./solver/result.ts";
export { readProblem } from "./formats/read.ts";
export type { ReadOptions, FormatName } from "./formats/read-options.ts";
export type * from "./formats/problem-source.ts";
export { writeProblem } from "./formats/write.ts";
export type { WriteOptions } from "./formats/write.ts";
export { readPoint, writePoint } from "./formats/point.ts";
export type { ReadPointOptions } from "./formats/point.ts";
export type { ByteSource } from "./formats/byte-source.ts";
export type { ArrayStyle } from "./formats/json-arrays.ts";
export { jsonSummary } from "./report/json-summary.ts";
export type { JsonSummary } from "./report/json-summary.ts";
export { resultSummary } from "./report/result-summary.ts";
export { version } from "./version.ts";
