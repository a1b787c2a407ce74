import { isSeparable } from "./blocks.ts";
import type { Embedding, Iterate } from "./embedding.ts";
import type { Equilibrated } from "./equilibrate.ts";
import type { InteriorTolerances } from "./types.ts";

/** An iterate in the problem's own units, divided by τ where that makes sense. */
export interface Measurement {
  readonly primalObjective: number;
  readonly dualObjective: number;
  readonly primalResidual: number;
  readonly dualResidual: number;
  readonly gap: number;
  /** As {@link InteriorTolerances.objective}. */
  readonly objectiveError: number;
  /** ‖Aᵀy‖∞/−bᵀy, Infinity when bᵀy ≥ 0. */
  readonly primalCertificate: number;
  /** max(‖Ax+s‖∞, ‖Px‖∞)/−cᵀx, Infinity when cᵀx ≥ 0. */
  readonly dualCertificate: number;
}

/** Measures an evaluated iterate. `bNorm`, `cNorm`: ∞-norms of the unscaled b and c. */
export function measure(
  embedding: Embedding,
  v: Iterate,
  scaled: Equilibrated,
  bNorm: number,
  cNorm: number,
): Measurement {
  const { D, E, sigma, rho } = scaled;
  const unit = 1 / (sigma * rho);
  let primal = 0;
  let ray = 0;
  for (let i = 0; i < D.length; i++) {
    primal += (embedding.rz[i] / D[i]) ** 2;
    ray = Math.max(ray, Math.abs(embedding.AxPlusS[i]) / D[i]);
  }
  let dual = 0;
  let adjoint = 0;
  let curvature = 0;
  for (let j = 0; j < E.length; j++) {
    dual += (embedding.rx[j] / E[j]) ** 2;
    adjoint = Math.max(adjoint, Math.abs(embedding.Atz[j]) / E[j]);
    curvature = Math.max(curvature, Math.abs(embedding.Px[j]) / E[j]);
  }
  const tau = v.tau;
  const cx = (unit * embedding.cx) / tau;
  const by = (unit * embedding.bz) / tau;
  const xPx = (unit * embedding.xPx) / (tau * tau);
  const primalObjective = 0.5 * xPx + cx;
  const dualObjective = -0.5 * xPx - by;
  let xSquare = 0;
  for (let j = 0; j < E.length; j++) xSquare += (E[j] * v.x[j]) ** 2;
  let ySquare = 0;
  for (let i = 0; i < D.length; i++) ySquare += (D[i] * v.z[i]) ** 2;
  const terms = Math.max((cNorm * Math.sqrt(xSquare)) / (sigma * tau), (bNorm * Math.sqrt(ySquare)) / (rho * tau));
  const objectiveScale = Math.max(Math.min(1, terms), Math.abs(primalObjective), Math.abs(dualObjective)) || 1;
  // In units: Aᵀy/−bᵀy = (E⁻¹Âᵀẑ/ρ)/(−b̂ᵀẑ/(σρ)), and so on.
  const primalCertificate = embedding.bz < 0 ? (sigma * adjoint) / -embedding.bz : Infinity;
  const dualCertificate =
    embedding.cx < 0 ? Math.max(rho * ray, sigma * curvature) / -embedding.cx : Infinity;
  return {
    objectiveError:
      (unit * hiddenError(embedding, v)) / (tau * tau) / objectiveScale + Math.abs(primalObjective - dualObjective) / objectiveScale,
    primalObjective,
    dualObjective,
    primalResidual: Math.sqrt(primal) / (sigma * tau) / (1 + bNorm),
    dualResidual: Math.sqrt(dual) / (rho * tau) / (1 + cNorm),
    gap: Math.abs(primalObjective - dualObjective) / (1 + Math.abs(primalObjective) + Math.abs(dualObjective)),
    primalCertificate,
    dualCertificate,
  };
}

/** Bound on what the residuals can hide of the objective, in the embedding's units. */
function hiddenError({ rx, rz, blocks }: Embedding, v: Iterate): number {
  let sum = 0;
  for (let j = 0; j < rx.length; j++) sum += Math.abs(v.x[j] * rx[j]);
  for (const block of blocks) {
    const end = block.offset + block.dim;
    if (isSeparable(block)) {
      for (let i = block.offset; i < end; i++) sum += Math.abs(v.z[i] * rz[i]);
      continue;
    }
    let zz = 0;
    let rr = 0;
    for (let i = block.offset; i < end; i++) {
      zz += v.z[i] * v.z[i];
      rr += rz[i] * rz[i];
    }
    sum += Math.sqrt(zz * rr);
  }
  return sum;
}

/** How far from the tolerances: ≤ 1 when all hold. */
export function merit(m: Measurement, tolerances: InteriorTolerances): number {
  const worst = Math.max(
    m.primalResidual / tolerances.feasibility,
    m.dualResidual / tolerances.feasibility,
    m.gap / tolerances.gap,
    m.objectiveError / tolerances.objective,
  );
  return Number.isNaN(worst) ? Infinity : worst;
}
