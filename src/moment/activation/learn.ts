import { loadDenseKernels } from "../../backends/cpu/kernels/load.ts";
import { SettingsError } from "../../errors.ts";
import { minimizePolynomial } from "../hierarchy.ts";
import type { HierarchyResult, HierarchyStatus } from "../hierarchy-result.ts";
import { hierarchyDefaults } from "../hierarchy-settings.ts";
import type { HierarchySettings } from "../hierarchy-settings.ts";
import type { Interval } from "../bounds.ts";
import { minimaxPolish } from "../local/minimax.ts";
import { residualSystem } from "../local/residual-system.ts";
import { Polynomial } from "../polynomial.ts";
import { isNorm } from "../problem.ts";
import type { PolynomialProblem } from "../problem.ts";
import { liftedLeastSquares } from "./baseline.ts";
import type { BaselineFit } from "./baseline.ts";
import { certificateOf, certifyLoss } from "./certificate.ts";
import type { LossCertificate } from "./certificate.ts";
import { liftedFloor } from "./floor.ts";
import { liftNetwork } from "./lifted.ts";
import { lossObjective, lossValue } from "./losses.ts";
import type { ActivationLoss } from "./losses.ts";
import { coefficientNames, evaluateNetwork } from "./network.ts";
import type { DenseMatrix, PolynomialNetwork } from "./network.ts";

export interface LearnSettings {
  /** Default `squares`. */
  readonly loss?: ActivationLoss;
  /**
   * The bound holds for |c_v| ≤ reach times a unit: the size of c_v in the lifted least-squares fit, a
   * quarter of the largest at least, rounded up to a power of two. Default 2.
   */
  readonly reach?: number;
  readonly hierarchy?: HierarchySettings;
}

export interface LearnedActivations {
  /** That of the hierarchy, or `optimal` where the certified bound meets the value without it. */
  readonly status: HierarchyStatus;
  readonly coefficients: Float64Array;
  readonly names: readonly string[];
  readonly loss: ActivationLoss;
  /** Loss at the coefficients. */
  readonly value: number;
  /** Best point of the relaxation and its polish alone, and its loss; undefined when there is none. */
  readonly relaxed: { readonly coefficients: Float64Array; readonly value: number } | undefined;
  /**
   * Rigorous lower bound on the loss as a norm of polynomials, whose coefficients are those computed in double
   * precision; their difference from the network's own outputs, measured at the point, is taken off.
   */
  readonly certifiedLowerBound: { readonly value: number };
  readonly certifiedBy: LossCertificate["by"];
  /** Whether the bound holds for all coefficients; otherwise for |c_v| ≤ bounds[v]. */
  readonly certifiedEverywhere: boolean;
  /** Holds every vector of coefficients (in that range) whose loss is no larger than `value`, where known. */
  readonly enclosure: readonly Interval[] | undefined;
  readonly bounds: Float64Array;
  readonly hierarchy: HierarchyResult;
  readonly baseline: BaselineFit;
  /** Without the baseline. */
  readonly seconds: number;
}

/** Gap up to which the coefficients count as optimal, relative to max(1, value). */
const GAP = hierarchyDefaults.gapTolerance;

/**
 * Learns the activations' coefficients globally: the loss is a norm of polynomials in them, whose moment
 * relaxation is solved, its solution extracted and polished (Levenberg–Marquardt or minimax). The better of
 * that point and the polished lifted least-squares fit is returned.
 *
 * @param inputs one row per sample
 * @param targets one row per sample
 * @throws ProblemError when shapes do not fit
 */
export async function learnActivations(
  network: PolynomialNetwork,
  inputs: DenseMatrix,
  targets: DenseMatrix,
  settings: LearnSettings = {},
): Promise<LearnedActivations> {
  const kernels = await loadDenseKernels();
  const loss = settings.loss ?? "squares";
  const began = performance.now();
  const lifted = liftNetwork(network, inputs);
  const names = coefficientNames(network);
  const objective = lossObjective(lifted, targets, loss);
  const prepared = performance.now();
  const baseline = liftedLeastSquares(lifted, targets, names.length, kernels);
  const resumed = performance.now();
  const units = powerUnits(baseline.polished);
  const reach = settings.reach ?? 2;
  if (!(reach >= 1 && Number.isFinite(reach))) {
    throw new SettingsError(`reach must be at least 1, but is ${reach}`, { field: "reach", value: reach });
  }
  const bounds = units.map((unit) => reach * unit);
  const hierarchy = await minimizePolynomial(
    {
      variables: names,
      objective,
      inequalities: [ellipsoid(units, reach)],
      box: [...bounds].map((bound) => [-bound, bound] as const),
      typical: units,
    },
    {
      starts: 0,
      maxOrder: settings.hierarchy?.order ?? leastOrderOf(objective.residuals),
      ...settings.hierarchy,
    },
  );
  const floor = liftedFloor(lifted, targets, loss, bounds);
  const byRelaxation = hierarchy.certifiedLowerBound.value ?? -Infinity;
  const valueAt = (c: Float64Array): number => lossValue(evaluateNetwork(network, c, inputs), targets, loss);
  const point = hierarchy.bestPoint?.x;
  const relaxed = point && { coefficients: point, value: valueAt(point) };
  let rival = baseline.polished;
  if (objective.norm === "max")
    rival = (await minimaxPolish(residualSystem(objective.residuals, names.length), rival)).x;
  const coefficients = relaxed && relaxed.value <= valueAt(rival) ? relaxed.coefficients : rival;
  const value = valueAt(coefficients);
  const known = { relaxation: byRelaxation, lifted: floor };
  const certificate =
    hierarchy.status === "stopped"
      ? certificateOf(known)
      : await certifyLoss(objective, coefficients, value, bounds, known, kernels);
  const seconds = (prepared - began + (performance.now() - resumed)) / 1000;
  const closed = value - certificate.value <= GAP * Math.max(1, value);
  return {
    status: closed && hierarchy.status === "bounded" ? "optimal" : hierarchy.status,
    coefficients,
    names,
    loss,
    value,
    relaxed,
    certifiedLowerBound: { value: certificate.value },
    certifiedBy: certificate.by,
    certifiedEverywhere: certificate.everywhere,
    enclosure: certificate.enclosure,
    bounds,
    hierarchy,
    baseline,
    seconds,
  };
}

/**
 * The paper's own form (3.2): min θ s.t. θ ± r(c) ≥ 0 over z = (c, θ), with full localizing matrices.
 * @throws ProblemError for `squares`, whose epigraph is not polynomial of that form
 */
export function epigraphProblem(
  network: PolynomialNetwork,
  inputs: DenseMatrix,
  targets: DenseMatrix,
  loss: "mean" | "max" = "mean",
): PolynomialProblem {
  const names = coefficientNames(network);
  const objective = lossObjective(liftNetwork(network, inputs), targets, loss);
  const residuals = isNorm(objective) ? objective.residuals : [];
  const theta = Polynomial.variable(names.length);
  return {
    variables: [...names, "theta"],
    objective: theta,
    inequalities: residuals.flatMap((r) => [theta.plus(r), theta.minus(r)]),
  };
}

function leastOrderOf(residuals: readonly Polynomial[]): number {
  return Math.ceil(Math.max(1, ...residuals.map((r) => r.degree)) / 2);
}

/** Units for the coefficients. */
function powerUnits(c: Float64Array): Float64Array {
  const largest = c.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  if (!(largest > 0 && Number.isFinite(largest))) return new Float64Array(c.length).fill(1);
  return c.map((v) => 2 ** Math.ceil(Math.log2(Math.max(Math.abs(v), largest / 4))));
}

/** n·reach² − Σ (c_v/unit_v)²: holds all of the box, and bounds the moments. */
function ellipsoid(units: Float64Array, reach: number): Polynomial {
  return Polynomial.fromTerms([
    { coefficient: units.length * reach * reach, monomial: [] },
    ...Array.from(units, (unit, v) => ({ coefficient: -1 / (unit * unit), monomial: [v, v] })),
  ]);
}
