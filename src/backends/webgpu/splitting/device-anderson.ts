import type { DeviceBuffer } from "../buffers.ts";
import { BINDING_ALIGNMENT } from "../constants.ts";
import type { Device } from "../device.ts";
import { anderson as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel, Parameters, StorageBinding } from "../kernel.ts";
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
  readonly #segments: readonly Segment[];
  readonly #v: DeviceBuffer;
  readonly #input: DeviceBuffer;
  readonly #outputs: DeviceBuffer;
  readonly #residuals: DeviceBuffer;
  readonly #small: DeviceBuffer;
  readonly #before: Plan;
  readonly #after: Plan;

  private constructor(
    device: Device,
    submissions: Submissions,
    v: DeviceBuffer,
    sizes: { count: number; capacity: number; least: number },
    segments: readonly Segment[],
    buffers: readonly DeviceBuffer[],
  ) {
    this.#device = device;
    this.#submissions = submissions;
    this.#v = v;
    this.#count = sizes.count;
    this.#capacity = sizes.capacity;
    this.#least = sizes.least;
    this.#segments = segments;
    [this.#input, this.#outputs, this.#residuals, this.#small, this.state] = buffers;
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
    const capacity = Math.max(1, Math.min(lookback, MOST_COLUMNS));
    const aligned = BINDING_ALIGNMENT / 4;
    const most = Math.floor(device.limits.maxBindingBytes / (4 * capacity * aligned)) * aligned;
    const length = Math.max(aligned, Math.min(most, count));
    const segments: Segment[] = [];
    for (let start = 0, first = 0; start < count; start += length) {
      const part = Math.min(length, count - start);
      const groups = Math.max(1, Math.min(MAX_PARTIALS, Math.ceil(part / 1024)));
      const Y = await device.buffers.allocate(4 * capacity * part, "anderson Y");
      const F = await device.buffers.allocate(4 * capacity * part, "anderson F");
      segments.push({ start, count: part, first, groups, Y, F });
      first += groups;
    }
    const partials = segments.reduce((sum, { groups }) => sum + groups, 0);
    const floats: readonly (readonly [number, string])[] = [
      [count, "anderson input"],
      [count, "anderson outputs"],
      [count, "anderson residuals"],
      [PARTIAL + 2 * (capacity + 1) * partials, "anderson small"],
    ];
    const buffers: DeviceBuffer[] = [];
    for (const [size, label] of floats) buffers.push(await device.buffers.allocate(4 * size, label));
    buffers.push(await device.upload(new Uint32Array(STATE_WORDS), "anderson state"));
    const sizes = { count, capacity, least: Math.min(least, capacity) };
    return new DeviceAnderson(device, submissions, v, sizes, segments, buffers);
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
    const columns = this.#segments.flatMap(({ Y, F }) => [Y, F]);
    const kept = [this.#input, this.#outputs, this.#residuals, ...columns, this.#small, this.state];
    for (const buffer of kept) this.#device.buffers.release(buffer);
  }

  #planBefore(): Plan {
    const plan = this.#device.plan();
    const none = undefined;
    const small = this.#small;
    for (const segment of this.#segments) {
      const of = (buffer: DeviceBuffer): StorageBinding => part(buffer, segment);
      const [outputs, residuals] = [of(this.#outputs), of(this.#residuals)];
      const bindings = [this.#sizes(segment), this.state, of(this.#v), of(this.#input), outputs, residuals];
      plan.dispatch(record, [...bindings, segment.Y, segment.F], elements(segment));
    }
    for (const segment of this.#segments) {
      const residuals = part(this.#residuals, segment);
      const bindings = [this.#sizes(segment), this.state, none, none, none, residuals, segment.Y, none, small];
      plan.dispatch(products, bindings, [segment.groups, this.#capacity + 1, 1]);
    }
    plan.dispatch(weights, this.#scalarBindings(), [1, 1, 1]);
    for (const segment of this.#segments) {
      const v = part(this.#v, segment);
      const bindings = [this.#sizes(segment), this.state, v, none, none, none, none, segment.F, small];
      plan.dispatch(extrapolate, bindings, elements(segment));
    }
    return plan;
  }

  #planAfter(): Plan {
    const plan = this.#device.plan();
    const none = undefined;
    for (const segment of this.#segments) {
      const [v, input] = [part(this.#v, segment), part(this.#input, segment)];
      const bindings = [this.#sizes(segment), none, v, input, none, none, none, none, this.#small];
      plan.dispatch(stepNorm, bindings, [segment.groups, 1, 1]);
    }
    plan.dispatch(judge, this.#scalarBindings(), [1, 1, 1]);
    for (const segment of this.#segments) {
      const [v, outputs] = [part(this.#v, segment), part(this.#outputs, segment)];
      plan.dispatch(restore, [this.#sizes(segment), this.state, v, none, outputs], elements(segment));
    }
    return plan;
  }

  /** Of the kernels that see only the state and the small system. */
  #scalarBindings() {
    const none = undefined;
    return [this.#sizes(this.#segments[0]), this.state, none, none, none, none, none, none, this.#small];
  }

  #sizes({ count, groups, first }: Segment): Parameters {
    const last = this.#segments[this.#segments.length - 1];
    return parameters([count, this.#capacity, this.#least, groups, first, last.first + last.groups]);
  }
}

/** Entries start … start + count − 1 of the vector, with their part of the columns and of the partial sums. */
interface Segment {
  readonly start: number;
  readonly count: number;
  readonly first: number;
  readonly groups: number;
  readonly Y: DeviceBuffer;
  readonly F: DeviceBuffer;
}

function part(buffer: DeviceBuffer, { start, count }: Segment): StorageBinding {
  return { buffer, offset: 4 * start, bytes: 4 * count };
}

function elements({ count }: Segment) {
  return linearGrid(Math.ceil(count / THREADS));
}
