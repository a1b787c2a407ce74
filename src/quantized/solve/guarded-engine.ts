import type { BlockPoint, BlockState, Norms, Penalties, SplittingEngine } from "./engine.ts";

/** What a {@link GuardedEngine} goes on with. */
export interface Replacement {
  /** The engine on the CPU, its variables still zero. */
  make(): SplittingEngine;
  /** The variables of a block at a point, with these penalties. */
  state(point: BlockPoint, penalty: Penalties): BlockState;
  /** Why the device cannot go on after this error; undefined for errors that are not the device's. */
  fault(error: unknown): string | undefined;
}

/**
 * An engine on a device with one on the CPU behind it: where the device fails, and where f32 brings the gap no
 * further, the CPU goes on from the last points that were read.
 */
export class GuardedEngine implements SplittingEngine {
  readonly #replacement: Replacement;
  readonly #points = new Map<number, BlockPoint>();
  readonly #frozen = new Set<number>();
  readonly #notes: string[];
  #engine: SplittingEngine;
  #replaced = false;
  #ranks = new Map<number, readonly [number, number]>();
  #adapter: string | undefined;
  #penalty: Penalties;

  constructor(device: SplittingEngine, replacement: Replacement) {
    this.#engine = device;
    this.#replacement = replacement;
    this.#adapter = device.adapter;
    this.#notes = [...device.notes];
    this.#penalty = device.penalty;
  }

  get name(): string {
    return this.#replaced ? "webgpu, then cpu" : this.#engine.name;
  }

  get adapter(): string | undefined {
    return this.#adapter;
  }

  get notes(): readonly string[] {
    return this.#notes;
  }

  get bytes(): number {
    return this.#engine.bytes;
  }

  get penaltyCost(): number {
    return this.#engine.penaltyCost;
  }

  get penalty(): Penalties {
    return this.#penalty;
  }

  get seconds(): Readonly<Record<string, number>> {
    return this.#engine.seconds;
  }

  async iterate(count: number): Promise<void> {
    await this.#guard(() => this.#engine.iterate(count));
  }

  norms(): Promise<Norms> {
    return this.#guard(() => this.#engine.norms());
  }

  async setPenalty(penalty: Penalties): Promise<void> {
    this.#penalty = penalty;
    await this.#guard(() => this.#engine.setPenalty(penalty));
  }

  async read(block: number): Promise<BlockPoint> {
    const point = await this.#guard(() => this.#engine.read(block));
    this.#points.set(block, point);
    return point;
  }

  async load(block: number, state: BlockState): Promise<void> {
    await this.#guard(() => this.#engine.load(block, state));
  }

  ranks(block: number): readonly [number, number] {
    return this.#ranks.get(block) ?? this.#engine.ranks(block);
  }

  freeze(block: number): void {
    this.#ranks.set(block, this.#engine.ranks(block));
    this.#frozen.add(block);
    this.#engine.freeze(block);
  }

  /** Leaves f32 for f64; false when that has happened already. */
  async refine(gap: number): Promise<boolean> {
    if (this.#replaced) return false;
    await this.#replace(`f32 went no further than a gap of ${gap.toExponential(1)}; finished in f64 on the CPU`);
    return true;
  }

  dispose(): void {
    this.#engine.dispose();
  }

  async #guard<T>(work: () => Promise<T> | T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const fault = this.#replaced ? undefined : this.#replacement.fault(error);
      if (fault === undefined) throw error;
      await this.#replace(`${fault}; went on in f64 on the CPU from the last certified check`);
      return work();
    }
  }

  async #replace(note: string): Promise<void> {
    this.#notes.push(note);
    this.#replaced = true;
    this.#engine.dispose();
    this.#engine = this.#replacement.make();
    await this.#engine.setPenalty(this.#penalty);
    for (const [block, point] of this.#points) {
      if (!this.#frozen.has(block)) await this.#engine.load(block, this.#replacement.state(point, this.#penalty));
    }
    for (const block of this.#frozen) this.#engine.freeze(block);
  }
}
