import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { measure as source } from "../generated/shaders.ts";
import { parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import type { SplittingBuffers } from "./steps.ts";

const rows: Kernel = { name: "measure-rows", entry: "rows", source };
const moves: Kernel = { name: "measure-moves", entry: "moves", source };
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
  readonly #last: readonly DeviceBuffer[];
  readonly #partial: DeviceBuffer;
  readonly #partials: number;
  readonly #passengers: readonly DeviceBuffer[];

  private constructor(
    b: SplittingBuffers,
    products: DeviceBuffer,
    passengers: readonly DeviceBuffer[],
    buffers: readonly DeviceBuffer[],
    partials: number,
  ) {
    this.#buffers = b;
    this.#passengers = passengers;
    this.#products = products;
    [this.#partial, this.results] = buffers;
    this.#last = buffers.slice(2);
    this.#partials = partials;
  }

  /** `products` holds Ax (m) and Aᵀy (n) when the check runs; `passengers`, a few words each, are brought back along. */
  static async create(
    device: Device,
    b: SplittingBuffers,
    products: DeviceBuffer,
    passengers: readonly DeviceBuffer[],
  ): Promise<CheckReduction> {
    await device.compile([rows, moves, columns, finish]);
    const partials = Math.max(1, Math.min(MAX_PARTIALS, Math.ceil(Math.max(b.n, b.m) / 512)));
    const words = passengers.reduce((sum, { bytes }) => sum + bytes / 4, 2 * QUANTITIES);
    const buffers = [
      await device.buffers.allocate(4 * 2 * QUANTITIES * partials, "check partial"),
      await device.buffers.allocate(4 * words, "check results"),
      await device.upload(new Float32Array(b.n + b.m), "check before: point"),
      await device.upload(new Float32Array(b.m), "check before: slack"),
      await device.upload(new Float32Array(b.m + b.n), "check before: products"),
    ];
    return new CheckReduction(b, products, passengers, buffers, partials);
  }

  add(plan: Plan): void {
    const { n, m, u, s, b, c, rowInverse, colInverse } = this.#buffers;
    const [point, slack, before] = this.#last;
    const sizes = parameters([n, m, this.#partials]);
    const grid = [this.#partials, 1, 1] as const;
    const none = undefined;
    const products = this.#products;
    const partial = this.#partial;
    plan.dispatch(rows, [sizes, u, s, b, rowInverse, products, point, none, none, partial], grid);
    plan.dispatch(moves, [sizes, none, s, none, rowInverse, products, none, slack, before, partial], grid);
    plan.dispatch(columns, [sizes, u, none, c, colInverse, products, point, none, before, partial], grid);
    const last = [sizes, none, none, none, none, none, none, none, none, partial, this.results];
    plan.dispatch(finish, last, [2 * QUANTITIES, 1, 1]);
    let place = 4 * 2 * QUANTITIES;
    for (const passenger of this.#passengers) {
      plan.copy(passenger, 0, this.results, place, passenger.bytes);
      place += passenger.bytes;
    }
  }

  async read(device: Device): Promise<{ readonly scalars: CheckScalars; readonly passengers: readonly Uint32Array[] }> {
    const length = this.#passengers.reduce((sum, { bytes }) => sum + bytes / 4, 2 * QUANTITIES);
    const words = await device.readIntegers(this.results, length);
    const q = new Float32Array(words.buffer);
    const c = QUANTITIES;
    const scalars: CheckScalars = {
      primalMax: q[0],
      primalSquared: q[1],
      axMax: q[2],
      sMax: q[3],
      by: q[4],
      byMoved: q[5],
      ySquared: q[6],
      sSquared: q[7],
      dualMoved: q[8],
      slackMoved: q[9],
      axsMoved: q[10],
      dualMax: q[c],
      dualSquared: q[c + 1],
      atyMax: q[c + 2],
      cx: q[c + 3],
      cxMoved: q[c + 4],
      atyMoved: q[c + 5],
    };
    let place = 2 * QUANTITIES;
    const passengers = this.#passengers.map(({ bytes }) => words.slice(place, (place += bytes / 4)));
    return { scalars, passengers };
  }

  release(device: Device): void {
    for (const buffer of [...this.#last, this.#partial, this.results]) device.buffers.release(buffer);
  }
}
