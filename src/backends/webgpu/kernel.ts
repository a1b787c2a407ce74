/// <reference types="@webgpu/types" />
import type { DeviceBuffer } from "./buffers.ts";

/** One entry point of a WGSL source with values for its pipeline constants. Data only; compiled by a device. */
export interface Kernel {
  /** Shown in profiles and errors, and the entry point's name unless `entry` says otherwise. */
  readonly name: string;
  readonly source: string;
  readonly entry?: string;
  readonly constants?: Readonly<Record<string, number>>;
}

/** What stands at a binding of group 0: a whole buffer, a part of one, or the packed sizes of a call. */
export type Binding = StorageBinding | Parameters;

/** A whole buffer or a part of one. */
export type StorageBinding = DeviceBuffer | BufferRange;

/** Bindings in the order of their numbers; undefined where the entry point uses none. */
export type Bindings = readonly (Binding | undefined)[];

/** Part of a buffer; the offset is a multiple of 256. */
export interface BufferRange {
  readonly buffer: DeviceBuffer;
  readonly offset: number;
  readonly bytes: number;
}

/** The uniform block of a call: 32-bit words, unsigned integers first, then floats. */
export interface Parameters {
  readonly words: Uint32Array;
}

/** No shader declares a longer uniform block than this: a binding must not be shorter than the declaration. */
const MIN_WORDS = 16;

/** Packs a uniform block whose struct has `u32` members followed by `f32` members. */
export function parameters(integers: readonly number[], floats: readonly number[] = []): Parameters {
  const count = integers.length + floats.length;
  const words = new Uint32Array(Math.max(MIN_WORDS, Math.ceil(count / 4) * 4));
  words.set(integers);
  new Float32Array(words.buffer).set(floats, integers.length);
  return { words };
}

/** Number of workgroups along x, y, z. */
export type Grid = readonly [number, number, number];

/** Most workgroups along one dimension that every device takes. */
const MAX_GROUPS = 65535;

/**
 * A grid for `count` workgroups numbered `group.y · groups.x + group.x` in the shader, and as many along z as
 * `layers`. Past 65535 the count is folded in two near-equal dimensions: the shader must return on numbers ≥ count.
 */
export function linearGrid(count: number, layers = 1): Grid {
  if (count > MAX_GROUPS * MAX_GROUPS || layers > MAX_GROUPS) throw new RangeError(`No grid holds ${count} groups.`);
  const rows = Math.max(1, Math.ceil(count / MAX_GROUPS));
  return [Math.ceil(count / rows), rows, layers];
}
