import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { anderson as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import type { Submissions } from "./submissions.ts";

const record: Kernel = { name: "anderson-record", entry: "record", source };
const products: Kernel = { name: "anderson-products", entry: "products", source };
const weights: Kernel = { name: "anderson-weights", entry: "weights", source };
const extrapolate: Kernel = { name: "anderson-extrapolate", entry: "extrapolate", source };
const stepNorm: Kernel = { name: "anderson-step-norm", entry: "stepNorm", source };
const judge: Kernel = { name: "anderson-judge", entry: "judge", source };
const restore: Kernel = { name: "anderson-restore", entry: "restore", source };
const KERNELS = [record, products, weights, extrapolate, stepNorm, judge, restore];

/** Most columns: the small system is solved by one thread with its matrix in registers. */
const MOST_COLUMNS = 10;
const MAX_PARTIALS = 64;
const THREADS = 64;
/** γ, the Gram matrix, then partial sums (anderson.wgsl). */
const PARTIAL = 272;

/** Words of the state on the device. */
const STATE_WORDS = 8;

export interface AndersonState {
  readonly accepted: number;
  readonly rejected: number;
  /** ‖input − output‖² of the last record. */
  readonly residual: number;
}

/** What the words of {@link DeviceAnderson.state} say. */
export function andersonState(words: Uint32Array): AndersonState {
  const [residual] = new Float32Array(words.slice(7, STATE_WORDS).buffer);
  return { accepted: words[4], rejected: words[5], residual };
}

/** Anderson acceleration of a vector that never leaves the device; the decisions are made there, too. */
export class DeviceAnderson {
  /** Eight words; see {@link andersonState}. */
  readonly state: DeviceBuffer;
  readonly #device: Device;
  readonly #submissions: Submissions;
  readonly #count: number;
  readonly #capacity: number;
  readonly #least: number;
  readonly #partials: number;
  readonly #v: DeviceBuffer;
  readonly #input: DeviceBuffer;
  readonly #outputs: DeviceBuffer;
  readonly #residuals: DeviceBuffer;
  readonly #Y: DeviceBuffer;
  readonly #F: DeviceBuffer;
  readonly #small: DeviceBuffer;
  readonly #before: Plan;
  readonly #after: Plan;

  private constructor(
    device: Device,
    submissions: Submissions,
    v: DeviceBuffer,
    sizes: { count: number; capacity: number; least: number; partials: number },
    buffers: readonly DeviceBuffer[],
  ) {
    this.#device = device;
    this.#submissions = submissions;
    this.#v = v;
    this.#count = sizes.count;
    this.#capacity = sizes.capacity;
    this.#least = sizes.least;
    this.#partials = sizes.partials;
    [this.#input, this.#outputs, this.#residuals, this.#Y, this.#F, this.#small, this.state] = buffers;
    this.#before = this.#planBefore();
    this.#after = this.#planAfter();
  }

  /** Of a vector of `count` entries, with at most `lookback` columns (capped at 10), used from `least` on. */
  static async create(
    device: Device,
    submissions: Submissions,
    v: DeviceBuffer,
    count: number,
    lookback: number,
    least: number,
  ): Promise<DeviceAnderson> {
    await device.compile(KERNELS);
    const room = Math.floor(device.limits.maxBindingBytes / (4 * count));
    const capacity = Math.max(1, Math.min(lookback, MOST_COLUMNS, room));
    const partials = Math.max(1, Math.min(MAX_PARTIALS, Math.ceil(count / 1024)));
    const floats: readonly (readonly [number, string])[] = [
      [count, "anderson input"],
      [count, "anderson outputs"],
      [count, "anderson residuals"],
      [capacity * count, "anderson Y"],
      [capacity * count, "anderson F"],
      [PARTIAL + 2 * (capacity + 1) * partials, "anderson small"],
    ];
    const buffers: DeviceBuffer[] = [];
    for (const [length, label] of floats) buffers.push(await device.buffers.allocate(4 * length, label));
    buffers.push(await device.upload(new Uint32Array(STATE_WORDS), "anderson state"));
    return new DeviceAnderson(device, submissions, v, { count, capacity, least: Math.min(least, capacity), partials }, buffers);
  }

  /** Before a step: records the last one, and moves v when enough is known. */
  extrapolate(): void {
    this.#submissions.run(this.#before);
  }

  /** Before a step: remembers where it starts. */
  keepInput(plan: Plan): void {
    plan.copy(this.#v, 0, this.#input, 0, 4 * this.#count);
  }

  /** After a step: undoes it and the extrapolation before it when they made things worse. */
  safeguard(): void {
    this.#submissions.run(this.#after);
  }

  /** Forgets all columns; `moved`: v is no image of the input recorded. Counters stay. */
  reset(moved: boolean): void {
    // recorded, skip, active, undo.
    this.#submissions.write(this.state, new Uint32Array([0, moved ? 1 : 0, 0, 0]));
  }

  release(): void {
    for (const buffer of [this.#input, this.#outputs, this.#residuals, this.#Y, this.#F, this.#small, this.state]) {
      this.#device.buffers.release(buffer);
    }
  }

  #planBefore(): Plan {
    const plan = this.#device.plan();
    const sizes = parameters([this.#count, this.#capacity, this.#least, this.#partials]);
    const elements = linearGrid(Math.ceil(this.#count / THREADS));
    const none = undefined;
    plan.dispatch(
      record,
      [sizes, this.state, this.#v, this.#input, this.#outputs, this.#residuals, this.#Y, this.#F],
      elements,
    );
    plan.dispatch(
      products,
      [sizes, this.state, none, none, none, this.#residuals, this.#Y, none, this.#small],
      [this.#partials, this.#capacity + 1, 1],
    );
    const last = [sizes, this.state, none, none, none, none, none, none, this.#small];
    plan.dispatch(weights, last, [1, 1, 1]);
    plan.dispatch(
      extrapolate,
      [sizes, this.state, this.#v, none, none, none, none, this.#F, this.#small],
      elements,
    );
    return plan;
  }

  #planAfter(): Plan {
    const plan = this.#device.plan();
    const sizes = parameters([this.#count, this.#capacity, this.#least, this.#partials]);
    const none = undefined;
    plan.dispatch(
      stepNorm,
      [sizes, none, this.#v, this.#input, none, none, none, none, this.#small],
      [this.#partials, 1, 1],
    );
    plan.dispatch(judge, [sizes, this.state, none, none, none, none, none, none, this.#small], [1, 1, 1]);
    plan.dispatch(
      restore,
      [sizes, this.state, this.#v, none, this.#outputs],
      linearGrid(Math.ceil(this.#count / THREADS)),
    );
    return plan;
  }
}
