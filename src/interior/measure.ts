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
  let primalSize = bNorm;
  for (let i = 0; i < D.length; i++) {
    primal += (embedding.rz[i] / D[i]) ** 2;
    ray = Math.max(ray, Math.abs(embedding.AxPlusS[i]) / D[i]);
    primalSize = Math.max(primalSize, Math.abs(v.s[i]) / (D[i] * sigma * v.tau));
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
  const dualSize = Math.max(cNorm, adjoint / (rho * tau), curvature / (rho * tau));
  const cx = (unit * embedding.cx) / tau;
  const by = (unit * embedding.bz) / tau;
  const xPx = (unit * embedding.xPx) / (tau * tau);
  const primalObjective = 0.5 * xPx + cx;
  const dualObjective = -0.5 * xPx - by;
  const difference = Math.abs(primalObjective - dualObjective);
  const hidden = (unit * hiddenError(embedding, v)) / (tau * tau);
  // Small data have small objectives: what counts as 1 is the size that the scaling gave them.
  const one = Math.min(1, unit);
  // In units: Aᵀy/−bᵀy = (E⁻¹Âᵀẑ/ρ)/(−b̂ᵀẑ/(σρ)), and so on.
  const primalCertificate = embedding.bz < 0 ? (sigma * adjoint) / -embedding.bz : Infinity;
  const dualCertificate =
    embedding.cx < 0 ? Math.max(rho * ray, sigma * curvature) / -embedding.cx : Infinity;
  return {
    primalObjective,
    dualObjective,
    primalResidual: Math.sqrt(primal) / (sigma * tau) / residualScale(bNorm, primalSize),
    dualResidual: Math.sqrt(dual) / (rho * tau) / residualScale(cNorm, dualSize),
    gap: difference / (one + Math.abs(primalObjective) + Math.abs(dualObjective)),
    objectiveError: (difference + hidden) / Math.max(one, Math.abs(primalObjective), Math.abs(dualObjective)),
    primalCertificate,
    dualCertificate,
  };
}

/** 1 + the norm of the right-hand side, but no more than the largest vector that enters the residual. */
function residualScale(norm: number, size: number): number {
  return norm > 0 ? Math.min(1 + norm, size) : 1;
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
