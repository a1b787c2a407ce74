import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { measure as source } from "../generated/shaders.ts";
import { parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import type { SplittingBuffers } from "./steps.ts";

const rows: Kernel = { name: "measure-rows", entry: "rows", source };
const columns: Kernel = { name: "measure-columns", entry: "columns", source };
const finish: Kernel = { name: "measure-finish", entry: "finish", source };

const QUANTITIES = 11;
const MAX_PARTIALS = 64;

/** What a check brings back, equilibrated vectors divided by the row and column scales. */
export interface CheckScalars {
  readonly primalMax: number;
  readonly primalSquared: number;
  readonly axMax: number;
  readonly sMax: number;
  readonly by: number;
  /** Squared norms without equality rows: of y and s, and of their changes since the check before. */
  readonly ySquared: number;
  readonly sSquared: number;
  readonly slackMoved: number;
  readonly dualMoved: number;
  /** bᵀΔy and max|AΔx + Δs|, Δ since the check before. */
  readonly byMoved: number;
  readonly axsMoved: number;
  readonly dualMax: number;
  readonly dualSquared: number;
  readonly atyMax: number;
  readonly cx: number;
  readonly cxMoved: number;
  readonly atyMoved: number;
}

/** The reductions of a check on the device, and the words of another buffer: one read-back. */
export class CheckReduction {
  readonly results: DeviceBuffer;
  readonly #buffers: SplittingBuffers;
  readonly #products: DeviceBuffer;
  readonly #last: DeviceBuffer;
  readonly #partial: DeviceBuffer;
  readonly #partials: number;

  readonly #passenger: DeviceBuffer;

  private constructor(
    b: SplittingBuffers,
    products: DeviceBuffer,
    passenger: DeviceBuffer,
    buffers: readonly DeviceBuffer[],
    partials: number,
  ) {
    this.#buffers = b;
    this.#passenger = passenger;
    this.#products = products;
    [this.#last, this.#partial, this.results] = buffers;
    this.#partials = partials;
  }

  /** `products` holds Ax (m) and Aᵀy (n) when the check runs; `passenger`, a few words, is brought back along. */
  static async create(
    device: Device,
    b: SplittingBuffers,
    products: DeviceBuffer,
    passenger: DeviceBuffer,
  ): Promise<CheckReduction> {
    await device.compile([rows, columns, finish]);
    const partials = Math.max(1, Math.min(MAX_PARTIALS, Math.ceil(Math.max(b.n, b.m) / 512)));
    const last = await device.upload(new Float32Array(2 * b.n + 3 * b.m), "check before");
    const partial = await device.buffers.allocate(4 * 2 * QUANTITIES * partials, "check partial");
    const results = await device.buffers.allocate(4 * 2 * QUANTITIES + passenger.bytes, "check results");
    return new CheckReduction(b, products, passenger, [last, partial, results], partials);
  }

  add(plan: Plan): void {
    const { n, m, u, s, data } = this.#buffers;
    const sizes = parameters([n, m, this.#partials]);
    const first = [sizes, u, s, data, this.#products, this.#last, this.#partial];
    const second = [sizes, u, undefined, data, this.#products, this.#last, this.#partial];
    plan.dispatch(rows, first, [this.#partials, 1, 1]);
    plan.dispatch(columns, second, [this.#partials, 1, 1]);
    const last = [sizes, undefined, undefined, undefined, undefined, undefined, this.#partial, this.results];
    plan.dispatch(finish, last, [2 * QUANTITIES, 1, 1]);
    plan.copy(this.#passenger, 0, this.results, 4 * 2 * QUANTITIES, this.#passenger.bytes);
  }

  async read(device: Device): Promise<{ readonly scalars: CheckScalars; readonly passenger: Uint32Array }> {
    const words = await device.readIntegers(this.results, 2 * QUANTITIES + this.#passenger.bytes / 4);
    const q = new Float32Array(words.buffer);
    const c = QUANTITIES;
    const scalars: CheckScalars = {
      primalMax: q[0],
      primalSquared: q[1],
      axMax: q[2],
      sMax: q[3],
      by: q[4],
      ySquared: q[5],
      sSquared: q[6],
      slackMoved: q[7],
      dualMoved: q[8],
      byMoved: q[9],
      axsMoved: q[10],
      dualMax: q[c],
      dualSquared: q[c + 1],
      atyMax: q[c + 2],
      cx: q[c + 3],
      cxMoved: q[c + 4],
      atyMoved: q[c + 5],
    };
    return { scalars, passenger: words.slice(2 * QUANTITIES) };
  }

  release(device: Device): void {
    for (const buffer of [this.#last, this.#partial, this.results]) device.buffers.release(buffer);
  }
}
