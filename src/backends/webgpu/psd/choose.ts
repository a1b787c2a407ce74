import { JACOBI_MAX_ORDER } from "./jacobi.ts";
import type { PsdBlock } from "./blocks.ts";

/** How blocks are projected; `auto` goes by order. */
export type ProjectionMethod = "auto" | "jacobi" | "polynomial" | "tiled" | "subspace";

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
 * polynomial. `tiled` forced takes panels for all. Where ranks are low, batches go on by a followed subspace (see
 * {@link subspaceColumns}): with `auto` where that pays, with `subspace` in batches of all orders; `polynomial` forced
 * does without.
 */
export function chooseProjection(
  blocks: readonly PsdBlock[],
  method: ProjectionMethod = "auto",
  { jacobiUpTo = JACOBI_MAX_ORDER, maxBindingBytes = Infinity }: ProjectionLimits = {},
): ProjectionChoice {
  const measured = Math.min(jacobiUpTo, JACOBI_MAX_ORDER);
  const limit = { auto: measured, jacobi: JACOBI_MAX_ORDER, polynomial: 0, tiled: 0, subspace: 0 }[method];
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

/** Vectors kept beyond the wanted ones: they carry the eigenvalues that come and go across zero. */
const GUARDS = 10;
/** Largest basis: its Rayleigh–Ritz problem is solved by Jacobi in workgroup memory. */
const MOST_COLUMNS = JACOBI_MAX_ORDER;
/** Blocks of one order that are followed together. */
const MOST_FOLLOWED = 8;
/** Operations of a followed projection over the polynomial's, above which it is not tried: it may fail. */
const WORTHWHILE = 0.5;
/**
 * Orders from which the products, and not the dispatches, take the time. A followed projection has some 60 dispatches,
 * and those of the polynomial, which are left out, cost something too.
 */
const FOLLOWED_FROM = { gpu: 1024, software: 192 } as const;

/** Whether the ranks of a batch are watched, so that it may go over to a followed subspace. */
export function watchesRanks(
  { order, blocks }: PolynomialBatch,
  method: ProjectionMethod,
  adapter: { readonly software: boolean },
): boolean {
  if (blocks.length > MOST_FOLLOWED) return false;
  if (method === "subspace") return true;
  return method === "auto" && order >= FOLLOWED_FROM[adapter.software ? "software" : "gpu"];
}

/**
 * Columns of a basis for this rank; undefined where it is too large for the device, or the operations of a filter of
 * this degree are not far fewer than those of the polynomial (unless `subspace` is forced).
 */
export function subspaceColumns(
  order: number,
  rank: number,
  degree: number,
  steps: number,
  method: ProjectionMethod,
): number | undefined {
  const columns = 4 * Math.ceil((rank + GUARDS) / 4);
  if (columns > Math.min(MOST_COLUMNS, order)) return undefined;
  const ratio = subspaceOperations(order, columns, degree) / polynomialOperations(order, steps);
  return method === "subspace" || ratio <= WORTHWHILE ? columns : undefined;
}

/** Floating-point operations of a followed projection: filter, image, P̂ by halves, Lanczos, and what is thin. */
export function subspaceOperations(order: number, columns: number, degree: number): number {
  const square = order ** 2;
  return 2 * square * columns * (degree + 1) + square * columns + 12 * square + 14 * order * columns ** 2;
}

/** Floating-point operations of the polynomial with so many steps: symmetric products, by halves. */
export function polynomialOperations(order: number, steps: number): number {
  return (3 * steps + 1) * order ** 3;
}
