import { predictFill } from "../linear/symbolic.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import { prefersDense } from "./kkt/choose.ts";
import { buildPattern, keptForm, placeKept } from "./kkt/pattern.ts";
import { toStandardForm, type StandardCone } from "./preprocess.ts";
import type { InteriorProblem } from "./types.ts";

/** What one iteration of {@link interiorPoint} takes. */
export interface InteriorCost {
  /** Multiplications and additions: cones, forming the linear system, factoring and solving it. */
  readonly flopsPerIteration: number;
  /** Memory held during the solve. */
  readonly bytes: number;
  /** Whether the memory stays within `maxBytes`. */
  readonly feasible: boolean;
  /** Shares of flopsPerIteration. */
  readonly parts: { readonly cones: number; readonly forming: number; readonly factorization: number };
}

/**
 * Products of order-n matrices (2n³ each) that a PSD block needs per iteration, eigendecomposition
 * included.
 */
const PSD_PRODUCTS = 24;
/** Full matrices held per PSD block. */
const PSD_MATRICES = 12;
/** Solves with a factor per iteration, refinement included. */
const SOLVES = 10;
/** Patterns with more entries than this are not even set up for a prediction. */
const MAX_ENTRIES = 6e7;

/** Predicts the work of an iteration from the pattern alone. `maxBytes` defaults to 1.5 GB. */
export function estimateInteriorCost(
  problem: Pick<InteriorProblem, "P" | "A" | "b" | "c" | "cones">,
  maxBytes = 1.5e9,
): InteriorCost {
  const verdict = toStandardForm(problem);
  if (verdict.kind !== "problem") {
    return {
      flopsPerIteration: 0,
      bytes: 0,
      feasible: true,
      parts: { cones: 0, forming: 0, factorization: 0 },
    };
  }
  const { A, P, cones } = verdict.problem;
  const n = A.cols;
  let coneFlops = 0;
  let bytes = 200 * (A.rows + n) + 24 * A.values.length;
  const psd: { offset: number; dim: number; order: number }[] = [];
  const others: { block: { offset: number; dim: number }; form: ReturnType<typeof keptForm> }[] = [];
  let offset = 0;
  for (const cone of cones) {
    const dim = dimOf(cone);
    if (cone.kind === "psd") {
      psd.push({ offset, dim, order: cone.order });
      coneFlops += PSD_PRODUCTS * 2 * cone.order ** 3;
      bytes += PSD_MATRICES * 8 * cone.order ** 2;
    } else {
      const kind = cone.kind === "exponential" || cone.kind === "power" ? "other" : cone.kind;
      others.push({ block: { offset, dim }, form: keptForm(kind, dim) });
      coneFlops += 60 * dim;
    }
    offset += dim;
  }

  const cliques = psd.map((block) => schurWork(A, block));
  let forming = 0;
  let entries = 0;
  for (const clique of cliques) {
    forming += clique.flops;
    entries += (clique.columns.length * (clique.columns.length + 1)) / 2;
  }
  let factorization: number;
  const hasZero = cones.some((cone) => cone.kind === "zero");
  if (prefersDense(A, psd, hasZero)) {
    factorization = n ** 3 / 3 + SOLVES * 2 * n * n;
    bytes += 16 * n * n;
  } else if (entries + A.values.length > MAX_ENTRIES) {
    return {
      flopsPerIteration: Infinity,
      bytes: Infinity,
      feasible: false,
      parts: { cones: coneFlops, forming, factorization: Infinity },
    };
  } else {
    const { order, kept } = placeKept(n, others);
    const pattern = buildPattern(n, order, P, A, cliques, kept);
    const fill = predictFill({ n: order, colPtr: pattern.colPtr, rowIdx: pattern.rowIdx });
    factorization = fill.flops + SOLVES * 4 * fill.nonzeros;
    bytes += 28 * pattern.rowIdx.length + 24 * fill.nonzeros + 4 * entries;
  }
  return {
    flopsPerIteration: coneFlops + forming + factorization,
    bytes,
    feasible: bytes <= maxBytes,
    parts: { cones: coneFlops, forming, factorization },
  };
}

function dimOf(cone: StandardCone): number {
  if (cone.kind === "psd") return (cone.order * (cone.order + 1)) / 2;
  return "dim" in cone ? cone.dim : 3;
}

/**
 * Columns in a PSD block and the operations of its Schur complement, counted as psd-schur.ts chooses them.
 */
function schurWork(
  A: SparseMatrix,
  block: { readonly offset: number; readonly dim: number; readonly order: number },
): { readonly columns: Int32Array; readonly flops: number } {
  const columns: number[] = [];
  const counts: number[] = [];
  for (let j = 0; j < A.cols; j++) {
    let count = 0;
    for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) {
      if (A.rowIdx[k] >= block.offset && A.rowIdx[k] < block.offset + block.dim && A.values[k] !== 0) count++;
    }
    if (count > 0) {
      columns.push(j);
      counts.push(count);
    }
  }
  counts.sort((p, q) => p - q);
  let tail = 0;
  let flops = 0;
  const n = block.order;
  for (const count of counts) {
    tail += count;
    // A column of `count` entries touches at most 2·count rows.
    const rank = Math.min(n, 2 * count);
    flops +=
      count === 1 ? 6 * tail : 4 * n * count + Math.min(2 * n * n * rank + 3 * tail, (2 * rank + 4) * tail);
  }
  return { columns: Int32Array.from(columns), flops };
}
