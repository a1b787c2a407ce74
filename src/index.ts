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
export type {
  Certificate,
  Counters,
  DimacsErrors,
  Measures,
  Result,
  Status,
  Timings,
} from "./solver/result.ts";
