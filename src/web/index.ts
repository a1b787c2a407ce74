/**
 * The solver for web pages: in a Web Worker, with the fastest backend that the browser has.
 * @packageDocumentation
 */
export { WebSolver } from "./api/client.ts";
export type { WebBackend, WebCapabilities, WebSolverOptions } from "./api/options.ts";
export { WorkerError } from "./api/worker-error.ts";
export type * from "../tasks/task.ts";
export { taskNames } from "../tasks/task.ts";
export {
  FormatError,
  ProblemError,
  SettingsError,
  SpectrahedronError,
  UnsupportedError,
  WarmStartError,
} from "../errors.ts";
export type { FaultLocation } from "../errors.ts";
export type * from "../problem/cones.ts";
export type * from "../problem/operators/linear-operator.ts";
export type { ConicPoint, ConicProblem, ObjectiveConvention } from "../problem/conic-problem.ts";
export type { SparseMatrix } from "../problem/sparse-matrix.ts";
export type { Result, Status } from "../solver/result.ts";
export type { IterationInfo, Settings } from "../solver/settings.ts";
