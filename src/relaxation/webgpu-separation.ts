import type { DeviceBuffer } from "../backends/webgpu/buffers.ts";
import type { Device } from "../backends/webgpu/device.ts";
import { neuronEnvelope as source } from "../backends/webgpu/generated/shaders.ts";
import { linearGrid, parameters } from "../backends/webgpu/kernel.ts";
import type { Kernel } from "../backends/webgpu/kernel.ts";
import { UnsupportedError } from "../errors.ts";
import type { ConcaveEnvelope } from "./concave-envelope.ts";
import type { Cut, NeuronEnvelope } from "./neuron-envelope.ts";
import type { Plane } from "./neuron.ts";

const kernel: Kernel = { name: "neuron-envelope", entry: "envelope", source };

/** Most active inputs of a neuron on the device: what a workgroup's memory holds. */
const MOST_INPUTS = 1024;

/** Bytes of planes read back at a time. */
const CHUNK_BYTES = 32 * 2 ** 20;

/** Numbers of the activations in neuron-envelope.wgsl, and the parameters they take. */
const CODES: Readonly<Record<string, readonly [number, ...string[]]>> = {
  relu: [0],
  leaky_relu: [1, "slope"],
  softplus: [2],
  elu: [3, "alpha"],
  sigmoid: [4],
  tanh: [5],
  arctan: [6],
  softsign: [7],
  erf: [8],
  exp: [9],
  silu: [10],
  gelu: [11],
  clip: [12, "low", "high"],
};

/** Both envelopes of a neuron at a point as the device found them, in single precision. */
export interface RoughEnvelopes {
  readonly upper: number;
  readonly lower: number;
  readonly upperPlane: Plane;
  readonly lowerPlane: Plane;
}

/** Envelopes of many neurons with the same inputs, evaluated on a WebGPU device at many points at once. */
export class DeviceSeparation {
  private readonly device: Device;
  private readonly envelopes: readonly NeuronEnvelope[];
  /** Above and below in turn. */
  private readonly sides: readonly ConcaveEnvelope[];
  private readonly dimension: number;
  private readonly stride: number;
  private readonly buffers: readonly DeviceBuffer[];

  private constructor(device: Device, envelopes: readonly NeuronEnvelope[], sides: readonly ConcaveEnvelope[], buffers: readonly DeviceBuffer[]) {
    this.device = device;
    this.envelopes = envelopes;
    this.sides = sides;
    this.dimension = envelopes[0].neuron.weights.length;
    this.stride = Math.max(1, ...sides.map(({ active }) => active.length));
    this.buffers = buffers;
  }

  /**
   * Uploads neurons, all with the same number of inputs.
   * @throws UnsupportedError for an activation the device does not have (polynomials) or more than 1024 active inputs
   */
  static async create(device: Device, envelopes: readonly NeuronEnvelope[]): Promise<DeviceSeparation> {
    const sides = envelopes.flatMap(({ above, below }) => [above, below]);
    const heads = new Uint32Array(4 * sides.length);
    const ranges = new Float32Array(8 * sides.length);
    const count = sides.reduce((sum, { active }) => sum + active.length, 0);
    const coordinates = new Float32Array(4 * Math.max(1, count));
    const indices = new Uint32Array(coordinates.buffer);
    let start = 0;
    sides.forEach((side, s) => {
      const { g, active, weights, scale, shift, base, end } = side;
      const { name, parameters: named = {} } = g.activation;
      if (!Object.hasOwn(CODES, name)) throw new UnsupportedError(`the activation ${name} is not available on a WebGPU device`);
      if (active.length > MOST_INPUTS) {
        throw new UnsupportedError(`a neuron with ${active.length} inputs is too large for the device, which takes ${MOST_INPUTS}`);
      }
      const [code, ...given] = CODES[name];
      heads.set([start, active.length, code, (g.outSign < 0 ? 1 : 0) + (g.inSign < 0 ? 2 : 0)], 4 * s);
      const inflection = Math.max(-3e38, Math.min(3e38, g.inflection));
      ranges.set([base, end, inflection, ...given.map((parameter) => named[parameter] ?? 0)], 8 * s);
      active.forEach((index, k) => {
        coordinates.set([weights[k], scale[k], shift[k]], 4 * (start + k));
        indices[4 * (start + k) + 3] = index;
      });
      start += active.length;
    });
    await device.compile([kernel]);
    const buffers = [
      await device.upload(heads, "neurons"),
      await device.upload(ranges, "ranges of neurons"),
      await device.upload(indices, "inputs of neurons"),
    ];
    return new DeviceSeparation(device, envelopes, sides, buffers);
  }

  /** Both envelopes and a supporting plane of each, `[point][neuron]`. */
  async evaluate(points: readonly ArrayLike<number>[]): Promise<RoughEnvelopes[][]> {
    const rowBytes = 4 * this.stride * this.sides.length;
    const together = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
    const results: RoughEnvelopes[][] = [];
    for (let first = 0; first < points.length; first += together) {
      results.push(...(await this.evaluateTogether(points.slice(first, first + together))));
    }
    return results;
  }

  /**
   * Cuts for the points (x, y) with y[neuron] beyond an envelope: `[point][neuron]`, undefined where the device sees no
   * violation above `tolerance` (below about 1e-5 it cannot). Every cut has been certified and repaired in f64.
   */
  async separate(
    points: readonly { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> }[],
    tolerance = 1e-5,
  ): Promise<(Cut | undefined)[][]> {
    const rough = await this.evaluate(points.map(({ x }) => x));
    return rough.map((row, p) =>
      row.map(({ upper, lower, upperPlane, lowerPlane }, e) => {
        const y = points[p].y[e];
        const envelope = this.envelopes[e];
        if (y > upper + tolerance) return envelope.certifiedCut({ side: 1, plane: upperPlane, violation: y - upper });
        if (y < lower - tolerance) return envelope.certifiedCut({ side: -1, plane: lowerPlane, violation: lower - y });
        return undefined;
      }),
    );
  }

  release(): void {
    for (const buffer of this.buffers) this.device.buffers.release(buffer);
  }

  private async evaluateTogether(points: readonly ArrayLike<number>[]): Promise<RoughEnvelopes[][]> {
    const { device, sides, dimension, stride } = this;
    const groups = sides.length * points.length;
    const data = new Float32Array(points.length * dimension);
    points.forEach((x, p) => data.set(Float32Array.from(x), p * dimension));
    const uploaded = await device.upload(data, "points");
    const slopes = await device.buffers.allocate(4 * groups * stride, "planes of neurons");
    const values = await device.buffers.allocate(8 * groups, "envelopes of neurons");
    try {
      const grid = linearGrid(groups);
      const sizes = parameters([sides.length, points.length, dimension, stride, grid[0]]);
      const plan = device.plan();
      plan.dispatch(kernel, [sizes, ...this.buffers, uploaded, slopes, values], grid, 100 * groups * stride);
      device.run(plan);
      const planes = await device.readFloats(slopes, groups * stride);
      const pairs = await device.readFloats(values, 2 * groups);
      const planeOf = (side: number, point: number): Plane => {
        const number = side * points.length + point;
        const plane = { constant: 0, slope: new Float64Array(dimension) };
        sides[side].restore(plane, planes.subarray(number * stride, (number + 1) * stride), pairs[2 * number + 1]);
        return plane;
      };
      return points.map((_, p) =>
        this.envelopes.map((_, e) => ({
          upper: pairs[2 * (2 * e * points.length + p)],
          lower: pairs[2 * ((2 * e + 1) * points.length + p)],
          upperPlane: planeOf(2 * e, p),
          lowerPlane: planeOf(2 * e + 1, p),
        })),
      );
    } finally {
      for (const buffer of [uploaded, slopes, values]) device.buffers.release(buffer);
    }
  }
}
