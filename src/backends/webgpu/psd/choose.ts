import { JACOBI_MAX_ORDER } from "./jacobi.ts";
import type { PsdBlock } from "./blocks.ts";

/** How blocks are projected; `auto` goes by order. */
export type ProjectionMethod = "auto" | "jacobi" | "polynomial" | "tiled";

/** Blocks that share one batch of polynomial products. */
export interface PolynomialBatch {
  readonly order: number;
  readonly blocks: readonly PsdBlock[];
}

/** Who projects what. */
export interface ProjectionChoice {
  readonly jacobi: readonly PsdBlock[];
  readonly polynomial: readonly PolynomialBatch[];
  /** By the polynomial in panels, since the square exceeds one binding. */
  readonly tiled: readonly PolynomialBatch[];
  /** One line for the log. */
  readonly description: string;
}

/** What the choice depends on besides the orders. */
export interface ProjectionLimits {
  /** Largest order by Jacobi. Default 44, and never more. */
  readonly jacobiUpTo?: number;
  /** Largest binding of the device. Default none. */
  readonly maxBindingBytes?: number;
}

/** Orders are padded to multiples of this, so that blocks of similar order share a batch. */
function paddingStep(order: number): number {
  return order > 32 && order <= 128 ? 16 : 4;
}

/**
 * Jacobi in workgroup memory up to order `jacobiUpTo`, batches of polynomial products above, in panels where a matrix
 * exceeds one binding. `jacobi` forced takes all orders up to 44; larger blocks do not fit and stay with the
 * polynomial. `tiled` forced takes panels for all.
 */
export function chooseProjection(
  blocks: readonly PsdBlock[],
  method: ProjectionMethod = "auto",
  { jacobiUpTo = JACOBI_MAX_ORDER, maxBindingBytes = Infinity }: ProjectionLimits = {},
): ProjectionChoice {
  const measured = Math.min(jacobiUpTo, JACOBI_MAX_ORDER);
  const limit = { auto: measured, jacobi: JACOBI_MAX_ORDER, polynomial: 0, tiled: 0 }[method];
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
  const sorted = [...batches]
    .sort(([a], [b]) => a - b)
    .map(([order, members]) => ({ order, blocks: members }));
  const fits = ({ order }: PolynomialBatch): boolean => method !== "tiled" && 4 * order ** 2 <= maxBindingBytes;
  const polynomial = sorted.filter(fits);
  const tiled = sorted.filter((batch) => !fits(batch));
  const parts = [
    ...(jacobi.length > 0 ? [`jacobi ×${jacobi.length}`] : []),
    ...polynomial.map(({ order, blocks: members }) => `polynomial ${order} ×${members.length}`),
    ...tiled.map(({ order, blocks: members }) => `tiled polynomial ${order} ×${members.length}`),
  ];
  return { jacobi, polynomial, tiled, description: parts.join(", ") || "no semidefinite blocks" };
}
