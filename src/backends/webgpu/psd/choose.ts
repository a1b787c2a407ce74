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

/** Orders are padded to multiples of this, so that blocks of similar order share a batch. */
function paddingStep(order: number): number {
  return order > 32 && order <= 128 ? 16 : 4;
}

/**
 * Jacobi in workgroup memory up to order `jacobiUpTo`, batches of polynomial products above. `jacobi` forced takes
 * all orders up to 44; larger blocks do not fit and stay with the polynomial.
 */
export function chooseProjection(
  blocks: readonly PsdBlock[],
  method: ProjectionMethod = "auto",
  jacobiUpTo: number = JACOBI_MAX_ORDER,
): ProjectionChoice {
  const limit = { auto: Math.min(jacobiUpTo, JACOBI_MAX_ORDER), jacobi: JACOBI_MAX_ORDER, polynomial: 0 }[method];
  const small = ({ order }: PsdBlock): boolean => order <= limit;
  const jacobi = blocks.filter(small);
  const batches = new Map<number, PsdBlock[]>();
  for (const block of blocks) {
    if (small(block)) continue;
    const step = paddingStep(block.order);
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
