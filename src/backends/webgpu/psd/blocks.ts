/** An svec block inside a vector on the device. */
export interface PsdBlock {
  /** First entry, in elements. */
  readonly offset: number;
  readonly order: number;
}

/** Entries (offset, order) of each block, as the shaders read them. */
export function blockTable(blocks: readonly PsdBlock[]): Uint32Array {
  return Uint32Array.from(blocks.flatMap(({ offset, order }) => [offset, order]));
}
