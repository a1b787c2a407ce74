import { createKktSolver } from "../../linear/choose.ts";
import type { KktChoice } from "../../linear/choose.ts";
import type { KktSolver } from "../../linear/kkt-solver.ts";
import type { EquilibratedProblem } from "../../problem/equilibrated-problem.ts";
import type { Embedding } from "../backend.ts";
import { IterationCones } from "./create-cone-set.ts";
import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { operatorProducts } from "./products.ts";
import { CpuWorkspace } from "./workspace.ts";
import type { CpuWorkspaceParts } from "./workspace.ts";

export interface CpuWorkspaceOptions {
  readonly embedding: Embedding;
  readonly rhoX: number;
  readonly penalty: number;
  /** Default "auto". */
  readonly linearSolver?: KktChoice;
}

/** Projections from elsewhere, and how the workspace is to be called with them. */
export type ForeignCones = Pick<CpuWorkspaceParts, "cones" | "backend" | "adapter" | "precision">;

/**
 * The CPU workspace of an equilibrated problem, with the linear solver that fits it and its own projections unless
 * there are `foreign` ones.
 */
export function createCpuWorkspace(
  problem: EquilibratedProblem,
  options: CpuWorkspaceOptions,
  kernels: DenseKernels,
  foreign?: ForeignCones,
): CpuWorkspace {
  const { embedding, rhoX, penalty, linearSolver = "auto" } = options;
  const parts = foreign ?? { cones: new IterationCones(problem.cones, kernels) };
  const inner = createKktSolver({ P: problem.P, A: problem.A }, kernels, linearSolver);
  const kkt = problem.scaledOperator ? inner : new ScaledKktSolver(inner, problem.rowScale);
  const products = operatorProducts(problem);
  return new CpuWorkspace({ problem, products, kkt, embedding, rhoX, penalty, ...parts });
}

/**
 * Solves with Â = DA through a solver for A: q = D⁻¹q̃ with [[R_x + P, Aᵀ], [A, −D⁻²R_y]] [p; q̃] = [a;
 * D⁻¹b].
 */
class ScaledKktSolver implements KktSolver {
  readonly #inner: KktSolver;
  readonly #rowScale: Float64Array;

  constructor(inner: KktSolver, rowScale: Float64Array) {
    this.#inner = inner;
    this.#rowScale = rowScale;
  }

  get method(): KktSolver["method"] {
    return this.#inner.method;
  }

  get description(): string {
    return this.#inner.description;
  }

  update(rx: Float64Array, ry: Float64Array): void {
    this.#inner.update(
      rx,
      ry.map((value, i) => value / this.#rowScale[i] ** 2),
    );
  }

  solve(rhs: Float64Array, tolerance?: number, guess?: Float64Array): number {
    const rowScale = this.#rowScale;
    const n = rhs.length - rowScale.length;
    for (let i = 0; i < rowScale.length; i++) rhs[n + i] /= rowScale[i];
    const steps = this.#inner.solve(rhs, tolerance, guess);
    for (let i = 0; i < rowScale.length; i++) rhs[n + i] /= rowScale[i];
    return steps;
  }
}
