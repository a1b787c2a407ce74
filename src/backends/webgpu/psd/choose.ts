import { JACOBI_MAX_ORDER } from "./jacobi.ts";
import type { PsdBlock } from "./blocks.ts";

/** How blocks are projected; `auto` goes by order. */
export type ProjectionMethod = "auto" | "jacobi" | "polynomial";

/** Blocks that share one batch of polynomial products. */
export interface PolynomialBatch {
  readonly order: number;
  readonly blocks: readonly PsdBlock[];
}

/** Who projects what. */
export interface ProjectionChoice {
  readonly jacobi: readonly PsdBlock[];
  readonly polynomial: readonly PolynomialBatch[];
  /** One line for the log. */
  readonly description: string;
}

/** Up to this order, blocks of similar order are padded to a common one and share a batch. */
const SHARED_ORDER = 128;
const SHARED_STEP = 16;

/**
 * Jacobi in workgroup memory up to order 44, batches of polynomial products above. `jacobi` forced still leaves
 * larger blocks to the polynomial: they do not fit.
 */
export function chooseProjection(blocks: readonly PsdBlock[], method: ProjectionMethod = "auto"): ProjectionChoice {
  const small = ({ order }: PsdBlock): boolean => method !== "polynomial" && order <= JACOBI_MAX_ORDER;
  const jacobi = blocks.filter(small);
  const batches = new Map<number, PsdBlock[]>();
  for (const block of blocks) {
    if (small(block)) continue;
    const step = block.order <= SHARED_ORDER ? SHARED_STEP : 4;
    const order = Math.ceil(block.order / step) * step;
    const batch = batches.get(order);
    if (batch === undefined) batches.set(order, [block]);
    else batch.push(block);
  }
  const polynomial = [...batches]
    .sort(([a], [b]) => a - b)
    .map(([order, members]) => ({ order, blocks: members }));
  const parts = [
    ...(jacobi.length > 0 ? [`jacobi ×${jacobi.length}`] : []),
    ...polynomial.map(({ order, blocks: members }) => `polynomial ${order} ×${members.length}`),
  ];
  return { jacobi, polynomial, description: parts.join(", ") || "no semidefinite blocks" };
}
