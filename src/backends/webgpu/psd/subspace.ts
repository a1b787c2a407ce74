import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { subspace as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Binding, Kernel, StorageBinding } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import type { ScheduleLength } from "../../schedules.ts";
import type { PolynomialProjector } from "./polynomial.ts";

function entry(name: string): Kernel {
  return { name: `subspace-${name}`, entry: name, source };
}

const prepare = entry("prepare");
const shift = entry("shift");
const turn = entry("turn");
const whiten = entry("whiten");
const ritz = entry("ritz");
const residual = entry("residual");
const judge = entry("judge");
const gate = entry("gate");
const pack = entry("pack");
const refresh = entry("refresh");
const differences = entry("differences");
const drift = entry("drift");
const endProduct = entry("endProduct");
const endStep = entry("endStep");
const endFinish = entry("endFinish");
const KERNELS = [
  ...[prepare, differences, drift, shift, turn, whiten, ritz, residual, judge, gate, pack, refresh],
  ...[endProduct, endStep, endFinish],
];

/** Slots of small matrices (subspace.wgsl). */
const Slot = { gram: 0, projected: 1, whitener: 2, whitened: 3, rotation: 4, core: 5, values: 6 } as const;
const SLOTS = 7;

/** Pairs (alpha, beta): half, recurrence, plain. */
const PAIRS = [0.5, 0, 1, -1, 1, 0];
const HALF = 0;
const RECURRENCE = 1;
const PLAIN = 2;

/** Lanczos steps towards the lower end of the spectrum in a call, and words of a layer (subspace.wgsl). */
const END_STEPS = 6;
const endWords = (order: number): number => (END_STEPS + 1) * order + 2 * (END_STEPS + 2);
/** Dispatches that a fall-back may have. */
const MOST_GATED = 60;
/** Most partial sums of a layer. */
const MAX_PARTIALS = 64;
/** Words of a state, and those before the grids. */
export const STATE_WORDS = 16;
const GATE_WORDS = 4;
/** Place of the counts in a state. */
const COUNT = 8;

/**
 * ‖P̂ − P‖_F/‖X‖_F that a call may have, in the place of a polynomial of so many steps: what that is good for on a
 * spectrum of low rank (projection table), down to what f32 allows.
 */
export const SUBSPACE_TOLERANCE: Readonly<Record<ScheduleLength, number>> = { 5: 1e-4, 7: 2e-5, 8: 3e-6, 10: 1.5e-6 };

/** What a layer's state says at a check. */
export interface SubspaceState {
  /** Largest Ritz value in units of centre and half width of the damped interval. */
  readonly reach: number;
  readonly error: number;
  /** Trace of the sign of X, from the polynomial's last run. */
  readonly trace: number;
  readonly count: number;
  readonly passes: number;
  readonly failures: number;
}

/** The states of the layers from their words. */
export function readStates(words: Uint32Array): SubspaceState[] {
  const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
  return Array.from({ length: words.length / STATE_WORDS }, (_, layer) => {
    const at = layer * STATE_WORDS;
    return {
      reach: (floats[at + 4] - floats[at + 2]) / floats[at + 3],
      error: floats[at + 5],
      trace: floats[at + 7],
      count: words[at + COUNT],
      passes: words[at + 10],
      failures: words[at + 11],
    };
  });
}

/**
 * Projection of a batch by the positive eigenspace of ±X, followed from call to call on the device: Chebyshev filter,
 * Cholesky QR twice, Rayleigh–Ritz by Jacobi in workgroup memory (compare backends/cpu/psd/subspace-tracker.ts). A call
 * whose error bound exceeds the tolerance changes nothing, and the polynomial, which stands in the same plan, does the
 * work: the decision never leaves the device.
 */
export class SubspaceProjector {
  /** Vectors of the basis. */
  readonly columns: number;
  private readonly polynomial: PolynomialProjector;
  private readonly states: DeviceBuffer;
  private readonly bases: readonly DeviceBuffer[];
  private readonly turned: DeviceBuffer;
  private readonly small: DeviceBuffer;
  private readonly slotFloats: number;
  private readonly ends: DeviceBuffer;
  /** svec of what was projected in the call before. */
  private readonly before: DeviceBuffer;
  private readonly coefficients: DeviceBuffer;
  private readonly gates: ReadonlyMap<ScheduleLength, Gate>;
  private readonly device: Device;

  private constructor(
    device: Device,
    polynomial: PolynomialProjector,
    columns: number,
    slotFloats: number,
    buffers: readonly DeviceBuffer[],
    gates: ReadonlyMap<ScheduleLength, Gate>,
  ) {
    this.gates = gates;
    this.device = device;
    this.polynomial = polynomial;
    this.columns = columns;
    this.slotFloats = slotFloats;
    [this.states, this.turned, this.small, this.ends, this.coefficients, this.before] = buffers;
    this.bases = buffers.slice(6);
  }

  /**
   * Starts from a random basis: the polynomial works until it has become one of the eigenspace.
   * @param states of every layer, watched by the polynomial too; reset here.
   * @param sides per layer: 1 follows the positive eigenvalues, −1 the negative ones.
   * @param columns multiple of 4, at most 44.
   */
  static async create(
    device: Device,
    polynomial: PolynomialProjector,
    states: DeviceBuffer,
    sides: readonly number[],
    columns: number,
  ): Promise<SubspaceProjector> {
    await device.compile(KERNELS);
    const { order: n, layers } = polynomial;
    const slotFloats = 64 * Math.ceil(columns ** 2 / 64);
    sides.forEach((side, layer) => {
      // The norm bounds the spectrum before anything is known of it. The trace in between stays.
      device.write(states, Float32Array.of(-1, 0, 0, 0, 0, 0, side), 4 * layer * STATE_WORDS);
      device.write(states, new Uint32Array(STATE_WORDS - COUNT), 4 * (layer * STATE_WORDS + COUNT));
    });
    const vectors = noise(layers * n * columns);
    const buffers = [
      states,
      await device.buffers.allocate(4 * layers * n * columns, "subspace, turned"),
      await device.buffers.allocate(4 * SLOTS * layers * slotFloats, "subspace, small"),
      // Of norm one but for chance.
      await device.upload(noise(layers * endWords(n), Math.sqrt(12 / n)), "subspace ends"),
      await device.upload(Float32Array.from(PAIRS), "subspace coefficients"),
      // Memory that is handed out again may hold NaN, which would never leave the states.
      await device.upload(new Float32Array((layers * n * (n + 1)) / 2), "subspace, call before"),
      await device.upload(vectors, "subspace basis"),
    ];
    for (const name of ["A", "B"]) {
      buffers.push(await device.buffers.allocate(4 * layers * n * columns, `subspace ${name}`));
    }
    const gates = new Map<ScheduleLength, Gate>();
    for (const steps of [5, 7, 8, 10] as const) {
      gates.set(steps, {
        grids: await device.buffers.allocate(12 * MOST_GATED, "subspace grids"),
        gated: await device.buffers.allocate(4 * GATE_WORDS + 12 * MOST_GATED, "subspace gate"),
      });
    }
    return new SubspaceProjector(device, polynomial, columns, slotFloats, buffers, gates);
  }

  /**
   * Appends the projection of the batch's blocks in x, in place.
   * @param degree of the filter, at least 2.
   * @param steps of the polynomial that it stands for and falls back to.
   */
  add(plan: Plan, x: DeviceBuffer, degree: number, steps: ScheduleLength): void {
    const { grids, gated } = this.gates.get(steps) as Gate;
    const fallback = plan.gated(gated, 4 * GATE_WORDS);
    this.polynomial.add(fallback, x, steps);
    this.device.write(grids, Uint32Array.from(fallback.grids));

    const { polynomial, states, columns: m } = this;
    const { order: n, layers, table, norms, x: shifted, y: result } = polynomial;
    const [basis, a, b] = this.bases;
    const none = undefined;
    const tolerance = SUBSPACE_TOLERANCE[steps];
    const sizes = (mode = 0) => parameters([n, m, layers, this.slotFloats, mode], [tolerance]);
    const square = linearGrid(Math.ceil(n ** 2 / 64), layers);
    const thin = linearGrid(Math.ceil((n * m) / 64), layers);
    const long = linearGrid(Math.ceil(n / 64), layers);
    const scalar = [1, 1, layers] as const;

    polynomial.addNorms(plan, x);
    plan.dispatch(prepare, [none, none, none, states], scalar);
    plan.dispatch(shift, [sizes(), table, x, states, norms, shifted], square);

    const partials = Math.min(MAX_PARTIALS, Math.ceil(n ** 2 / 4096));
    const compare = [sizes(partials), table, x, states, norms, none, none, this.before, this.small];
    plan.dispatch(differences, compare, [partials, 1, layers]);
    plan.dispatch(drift, [sizes(partials), none, none, states, none, none, none, none, this.small], scalar);

    // T₁ = ½ÂT₀, T₂ = ÂT₁ − T₀ in a third place, then in the place of the one before the last.
    this.product(plan, { m: n, n: m, k: n, A: shifted, B: basis, C: a }, HALF);
    this.product(plan, { m: n, n: m, k: n, A: shifted, B: a, C: b, D: basis }, RECURRENCE);
    let [filtered, other] = [b, a];
    for (let step = 2; step < degree; step++) {
      this.product(plan, { m: n, n: m, k: n, A: shifted, B: filtered, C: other, D: other }, RECURRENCE);
      [filtered, other] = [other, filtered];
    }

    const [smallSlots, turned] = [(slot: number) => this.slot(slot), this.turned];
    const small = this.small;
    const transpose = (from: DeviceBuffer): void => {
      plan.dispatch(turn, [sizes(), none, none, none, none, none, from, turned], thin);
    };
    const gram = (left: DeviceBuffer, right: DeviceBuffer, slot: number): void => {
      const call = { m, n: m, k: n, A: left, B: right, C: smallSlots(slot), strideC: this.slotFloats, symmetric: true };
      this.product(plan, call, PLAIN);
    };
    const rotate = (from: DeviceBuffer, slot: number, to: DeviceBuffer): void => {
      transpose(from);
      const call = { m: n, n: m, k: m, A: turned, B: smallSlots(slot), C: to, strideB: this.slotFloats };
      this.product(plan, call, PLAIN);
    };
    const smallBindings = [none, none, states, none, none, none, none, small];
    const whitened = [none, none, none, none, none, none, none, small];
    gram(filtered, filtered, Slot.gram);
    plan.dispatch(whiten, [sizes(), ...whitened], scalar);
    rotate(filtered, Slot.whitener, other);
    this.product(plan, { m: n, n: m, k: n, A: shifted, B: other, C: filtered }, PLAIN);
    gram(other, other, Slot.gram);
    gram(other, filtered, Slot.projected);
    plan.dispatch(whiten, [sizes(1), ...whitened], scalar);
    plan.dispatch(ritz, [sizes(), ...smallBindings], scalar);
    rotate(other, Slot.rotation, basis);
    rotate(filtered, Slot.rotation, filtered);
    const compared = [sizes(), none, none, none, none, none, basis, filtered, small];
    plan.dispatch(residual, compared, [m, 1, layers]);
    plan.dispatch(judge, [sizes(), ...smallBindings], scalar);
    const decided = [sizes(fallback.grids.length / 3), none, none, states];
    plan.dispatch(gate, [...decided, none, none, none, none, none, grids, gated], [1, 1, 1]);

    // P̂ = V·core·Vᵀ
    transpose(basis);
    const core = { m, n, k: m, A: smallSlots(Slot.core), strideA: this.slotFloats, B: turned, C: other };
    this.product(plan, core, PLAIN);
    this.product(plan, { m: n, n, k: m, A: turned, B: other, C: result, symmetric: true }, PLAIN);
    const packed = [sizes(), table, x, states, norms, result, none, none, none, none, gated];
    plan.dispatch(pack, packed, square);

    for (let step = 0; step < END_STEPS; step++) {
      plan.dispatch(endProduct, [sizes(step), none, none, none, none, shifted, none, this.ends], long);
      plan.dispatch(endStep, [sizes(step), none, none, none, none, none, none, this.ends], scalar);
    }
    plan.dispatch(endFinish, [sizes(), none, none, states, none, none, none, this.ends], scalar);
    plan.dispatch(refresh, [sizes(), table, none, states, none, none, basis], long);
    plan.append(fallback);
  }

  release(): void {
    const gates = [...this.gates.values()].flatMap(({ grids, gated }) => [grids, gated]);
    const own = [...this.bases, this.turned, this.small, this.ends, this.before, this.coefficients, ...gates];
    for (const buffer of own) this.device.buffers.release(buffer);
  }

  private slot(slot: number): StorageBinding {
    const bytes = 4 * this.polynomial.layers * this.slotFloats;
    return { buffer: this.small, offset: slot * bytes, bytes };
  }

  private product(plan: Plan, call: ThinProduct, coefficient: number): void {
    const { layers, gemm } = this.polynomial;
    const coefficients: Binding = this.coefficients;
    gemm.add(plan, { ...call, layers, coefficients, coefficient });
  }
}

/** The grids of a fall-back, and the buffer that holds the verdict, then them or zeros. */
interface Gate {
  readonly grids: DeviceBuffer;
  readonly gated: DeviceBuffer;
}

/** A product of all layers; see GemmCall. */
interface ThinProduct {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly A: StorageBinding;
  readonly B: StorageBinding;
  readonly C: StorageBinding;
  readonly D?: StorageBinding;
  readonly strideA?: number;
  readonly strideB?: number;
  readonly strideC?: number;
  readonly symmetric?: boolean;
}

/** Uniform in (−scale/2, scale/2), the same every time. */
function noise(count: number, scale = 1): Float32Array {
  let state = 7;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return scale * (state / 4294967296 - 0.5);
  });
}
