import type { HierarchyResult } from "./hierarchy-result.ts";
import type { SosCertificate } from "./sos.ts";

/** What `minimize --json` writes. Numbers that do not exist are null. */
export interface MinimizeSummary {
  readonly status: HierarchyResult["status"];
  readonly order: number;
  readonly relaxationValue: number | null;
  readonly certifiedLowerBound: number | null;
  readonly certificateNote: string | null;
  readonly upperBound: number | null;
  readonly gap: number | null;
  readonly minimizers: readonly (readonly number[])[];
  readonly bestPoint: readonly number[] | null;
  readonly violation: number | null;
  readonly flat: boolean;
  readonly ranks: readonly number[];
  readonly rankTolerance: number | null;
  readonly orders: readonly object[];
  readonly notes: readonly string[];
  readonly seconds: number;
  readonly backend: string;
}

export function minimizeSummary(result: HierarchyResult): MinimizeSummary {
  const certified = result.certifiedLowerBound;
  const lower = certified.value ?? null;
  const upper = result.upperBound ?? null;
  return {
    status: result.status,
    order: result.order,
    relaxationValue: finite(result.relaxationValue),
    certifiedLowerBound: lower,
    certificateNote: certified.value === undefined ? certified.reason : null,
    upperBound: upper,
    gap: lower === null || upper === null ? null : Math.abs(upper - lower),
    minimizers: result.minimizers.map((x) => [...x]),
    bestPoint: result.bestPoint ? [...result.bestPoint.x] : null,
    violation: result.bestPoint?.violation ?? null,
    flat: result.flat,
    ranks: result.ranks,
    rankTolerance: result.rankTolerance ?? null,
    orders: result.orders.map((report) => ({
      order: report.order,
      status: report.status,
      solverStatus: report.solverStatus,
      value: finite(report.value),
      certifiedBound: report.certifiedBound.value ?? null,
      flat: report.flat,
      ranks: report.ranks,
      extractionResidual: report.extractionResidual ?? null,
      blocks: report.blocks,
      moments: report.moments,
      cliques: report.cliques,
      iterations: report.iterations,
      seconds: report.seconds,
    })),
    notes: result.notes,
    seconds: result.seconds,
    backend: result.backend,
  };
}

/** The certificate as plain JSON: bases as lists of zero-based variables, repeated by exponent. */
export function certificateJson(certificate: SosCertificate): object {
  return {
    ...certificate,
    scale: [...certificate.scale],
    grams: certificate.grams.map((g) => ({ ...g, gram: [...g.gram] })),
    equalities: certificate.equalities.map((e) => ({ ...e, coefficients: [...e.coefficients] })),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
