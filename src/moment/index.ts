export { Polynomial } from "./polynomial.ts";
export type { Term } from "./polynomial.ts";
export type { Monomial } from "./monomial.ts";
export { PolynomialRing, ringOf } from "./ring.ts";
export type { BinaryKind, NormObjective, PolynomialProblem } from "./problem.ts";
export { ballConstraint, problemFromJson, problemToJson } from "./json.ts";
export type { PolynomialJson, PolynomialProblemJson } from "./json.ts";
export { minimizePolynomial } from "./hierarchy.ts";
export type { HierarchyResult, HierarchyStatus, LastRelaxation, OrderReport } from "./hierarchy-result.ts";
export type { HierarchySettings } from "./hierarchy-settings.ts";
export type { Sparsity } from "./relaxation.ts";
export type { CertifiedValue } from "./certify.ts";
export { sosCertificate } from "./sos.ts";
export type { EqualityTerm, GramTerm, SosCertificate } from "./sos.ts";
export { parseConstraint } from "./constraint.ts";
export type { ParsedConstraint } from "./constraint.ts";
export { certificateJson, minimizeSummary } from "./report.ts";
export type { MinimizeSummary } from "./report.ts";
export { learnActivations, epigraphProblem } from "./activation/learn.ts";
export type { LearnedActivations, LearnSettings } from "./activation/learn.ts";
export type { BaselineFit } from "./activation/baseline.ts";
export { liftNetwork } from "./activation/lifted.ts";
export type { LiftedNetwork } from "./activation/lifted.ts";
export { lossObjective, lossValue } from "./activation/losses.ts";
export type { ActivationLoss } from "./activation/losses.ts";
export {
  checkNetwork,
  coefficientNames,
  coefficientPlaces,
  denseMatrix,
  evaluateNetwork,
} from "./activation/network.ts";
export type { CoefficientPlace, DenseMatrix, PolynomialNetwork } from "./activation/network.ts";
export { syntheticInstance } from "./activation/synthetic.ts";
export type { SyntheticInstance, SyntheticSpec } from "./activation/synthetic.ts";
export { analyseResiduals, residualFigure } from "./activation/residuals.ts";
export type { ResidualAnalysis } from "./activation/residuals.ts";
export type { Candidate } from "./local/local-search.ts";
export type { AssembledRelaxation } from "./assemble.ts";
export type { Moments } from "./moment-matrix.ts";
export type { Relaxation } from "./relaxation.ts";
export type { ScaledProblem } from "./scaling.ts";
export type { RelaxationStatus } from "./solve-relaxation.ts";
