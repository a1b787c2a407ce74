/// <reference types="@webgpu/types" />
import { UnsupportedError } from "../../../errors.ts";
import { tuneGemm } from "../autotune.ts";
import type { DeviceBuffer } from "../buffers.ts";
import { Device } from "../device.ts";
import { Gemm, GEMM_SHAPES } from "../gemm.ts";
import { sosxSplitting, sosxTranspose } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";

/** The splitting's fixed data; see src/sosx/engines/splitting-step.ts for their meaning. Matrices column-major. */
export interface SplittingData {
  readonly samples: number;
  readonly neurons: number;
  readonly outputs: number;
  /** d + 1. */
  readonly width: number;
  /** P + 1. */
  readonly breakpoints: number;
  readonly squaredLoss: boolean;
  /** Ũ, N×(d+1). */
  readonly design: Float64Array;
  /** (ŨᵀŨ + ωI)⁻¹, (d+1)². */
  readonly inverse: Float64Array;
  readonly sampleInverse: Float64Array;
  readonly sumInverse: Float64Array;
  /** N×C. */
  readonly targets: Float64Array;
  /** C×M, row after row. */
  readonly outputWeights: Float64Array;
  /** Polygons (x₀, g₀, x₁, …) at lo·(P+1) + hi, absent for lo ≥ hi. */
  readonly hulls: readonly (Float64Array | undefined)[];
  readonly gamma: number;
  readonly residualWeight: number;
  readonly parameterWeight: number;
  readonly biasWeight: number;
  readonly relaxation: number;
  readonly weightBounds: readonly [number, number];
  readonly biasBounds: readonly [number, number];
  readonly outputBounds: readonly [number, number];
}

/** One vector of the splitting for all nodes, node after node inside each part, parts column-major. */
export interface BatchVector {
  readonly X: Float64Array;
  readonly G: Float64Array;
  readonly R: Float64Array;
  readonly W: Float64Array;
  readonly b: Float64Array;
}

export interface BatchIterate {
  readonly s: BatchVector;
  readonly z: BatchVector;
  readonly v: BatchVector;
  /** ρ of every node. */
  readonly penalty: Float64Array;
  readonly size: number;
}

/** Outputs that a workgroup's memory has room for. */
const MOST_OUTPUTS = 16;

const hull: Kernel = { name: "sosx-hull", entry: "hull", source: sosxSplitting };
const residual: Kernel = { name: "sosx-residual", entry: "residual", source: sosxSplitting };
const clampWeights: Kernel = { name: "sosx-clamp", entry: "clampWeights", source: sosxSplitting };
const transpose: Kernel = { name: "sosx-transpose", entry: "transpose", source: sosxTranspose };

const quads = (count: number): number => 4 * Math.ceil(count / 4);

interface Buffers {
  readonly design: DeviceBuffer;
  readonly designT: DeviceBuffer;
  readonly inverse: DeviceBuffer;
  readonly coefficients: DeviceBuffer;
  readonly weights: DeviceBuffer;
  readonly constants: DeviceBuffer;
  readonly hulls: DeviceBuffer;
  readonly vertices: DeviceBuffer;
  readonly pieces: DeviceBuffer;
  readonly penalties: DeviceBuffer;
  readonly stateXG: DeviceBuffer;
  readonly stateR: DeviceBuffer;
  readonly stateW: DeviceBuffer;
  readonly zX: DeviceBuffer;
  readonly zW: DeviceBuffer;
  readonly right: DeviceBuffer;
  readonly nu: DeviceBuffer;
  readonly host: DeviceBuffer;
}

/**
 * The iterations of many nodes' splittings on a device, in single precision: per iteration three dense products for the
 * whole batch and three kernels for the proximal maps. What comes back is no proof of anything: bounds are the caller's.
 */
export class BatchedSplitting {
  readonly device: Device;
  /** Nodes at most. */
  readonly capacity: number;
  private readonly data: SplittingData;
  private readonly gemm: Gemm;
  private readonly buffers: Buffers;

  private constructor(device: Device, data: SplittingData, capacity: number, gemm: Gemm, buffers: Buffers) {
    this.device = device;
    this.data = data;
    this.capacity = capacity;
    this.gemm = gemm;
    this.buffers = buffers;
  }

  /**
   * Opens the fastest adapter (or one whose name holds `adapter`) and uploads the data.
   * @throws UnsupportedError without an adapter, or for more than 16 outputs; DeviceMemoryError when it does not fit
   */
  static async open(data: SplittingData, capacity: number, adapter?: string): Promise<BatchedSplitting> {
    if (data.outputs > MOST_OUTPUTS) {
      throw new UnsupportedError(
        `the device takes at most ${MOST_OUTPUTS} outputs, not ${data.outputs}: choose the engine "batch"`,
        { field: "engine" },
      );
    }
    const device = await Device.open(adapter === undefined ? {} : { adapter });
    try {
      const shape = device.adapter.software ? GEMM_SHAPES[0] : (await tuneGemm(device)).large;
      const gemm = new Gemm(shape);
      await device.compile([gemm.kernel, hull, residual, clampWeights, transpose]);
      return new BatchedSplitting(device, data, capacity, gemm, await makeBuffers(device, data, capacity));
    } catch (error) {
      device.destroy();
      throw error;
    }
  }

  /**
   * `count` iterations of all nodes: s, z and v are replaced. `pieces[i·(nodes·M) + node·M + j]` is the hull of (i, j),
   * lo·(P+1) + hi. @throws DeviceLostError when the device is lost on the way; the iterate is then as it was
   */
  async advance(iterate: BatchIterate, pieces: Uint32Array, count: number): Promise<void> {
    const { device, buffers, data } = this;
    const { samples: N, neurons: M, outputs: C, width } = data;
    const nodes = iterate.size;
    const used = nodes * M;
    const columns = quads(used);
    const part = quads(N) * columns;
    const partW = quads(width) * columns;
    const [matrix, parameter] = [N * used, width * used];
    const { s, z, v } = iterate;
    const host = new Float32Array(2 * matrix + parameter);
    host.set(s.X.subarray(0, matrix));
    host.set(s.G.subarray(0, matrix), matrix);
    host.set(s.W.subarray(0, parameter), 2 * matrix);
    device.write(buffers.host, host);
    const [residuals, biases] = [nodes * N * C, nodes * C];
    const rest = new Float32Array(residuals + biases);
    rest.set(s.R.subarray(0, residuals));
    rest.set(s.b.subarray(0, biases), residuals);
    device.write(buffers.stateR, rest);
    device.write(buffers.penalties, Float32Array.from(iterate.penalty.subarray(0, nodes)));
    device.write(buffers.pieces, padded(pieces, N, used, columns));

    const { stateXG, stateW, zX, zW } = buffers;
    const load = device.plan();
    const move = (to: Plan, rows: number, device_: DeviceBuffer, deviceAt: number, hostAt: number, out: boolean): void => {
      const grid = linearGrid(Math.ceil((rows * used) / 64));
      const shape = parameters([rows, used, columns, deviceAt, hostAt, out ? 1 : 0, grid[0]]);
      to.dispatch(transpose, out ? [shape, device_, buffers.host] : [shape, buffers.host, device_], grid);
    };
    move(load, N, stateXG, 0, 0, false);
    move(load, N, stateXG, part, matrix, false);
    move(load, width, stateW, 0, 2 * matrix, false);
    const once = this.iteration(nodes, columns);
    const work = device.plan();
    for (let k = 0; k < count; k++) work.append(once);
    const store = device.plan();
    const parts: readonly (readonly [DeviceBuffer, number, Float64Array])[] = [
      [stateXG, 0, s.X],
      [stateXG, part, s.G],
      [zX, 0, z.X],
      [stateXG, 2 * part, z.G],
      [stateXG, 3 * part, v.X],
      [stateXG, 4 * part, v.G],
      [stateW, 0, s.W],
      [zW, 0, z.W],
      [stateW, partW, v.W],
    ];
    const starts: number[] = [];
    let end = 0;
    parts.forEach(([buffer, at], k) => {
      const rows = k < 6 ? N : width;
      starts.push(end);
      move(store, rows, buffer, at, end, true);
      end += rows * used;
    });
    device.run(load, work, store);
    const back = await device.readFloats(buffers.host, end);
    const vectors = await device.readFloats(buffers.stateR, 3 * (residuals + biases));
    parts.forEach(([, , target], k) => target.set(back.subarray(starts[k], starts[k] + (k < 6 ? matrix : parameter))));
    [s, z, v].forEach((vector, k) => {
      const from = k * (residuals + biases);
      vector.R.set(vectors.subarray(from, from + residuals));
      vector.b.set(vectors.subarray(from + residuals, from + residuals + biases));
    });
  }

  /** Frees the device. */
  destroy(): void {
    this.device.destroy();
  }

  private iteration(nodes: number, columns: number): Plan {
    const { data, gemm, buffers, device } = this;
    const { samples: N, width } = data;
    const [w4, N4] = [quads(width), quads(N)];
    const { design, designT, inverse, coefficients, stateXG, stateW, stateR, right, zW, zX, nu } = buffers;
    const plan = device.plan();
    const plain = { coefficients, coefficient: 1 };
    // W = (ŨᵀŨ + ωI)⁻¹(ωW₀ + ŨᵀX₀), X = ŨW.
    gemm.add(plan, { m: w4, n: columns, k: N, A: design, B: stateXG, C: right, D: stateW, coefficients });
    gemm.add(plan, { m: w4, n: columns, k: width, A: inverse, B: right, C: zW, ...plain });
    gemm.add(plan, { m: N4, n: columns, k: width, A: designT, B: zW, C: zX, ...plain });
    const { weights, constants, penalties, hulls, vertices, pieces } = buffers;
    const sizes = (grid: readonly number[]): ReturnType<typeof parameters> =>
      parameters(
        [N, data.neurons, data.outputs, width, nodes, columns, data.breakpoints, data.squaredLoss ? 1 : 0, grid[0]],
        [
          ...[data.gamma, data.residualWeight, data.biasWeight, data.relaxation],
          ...[...data.weightBounds, ...data.biasBounds, ...data.outputBounds],
        ],
      );
    const byNode = linearGrid(nodes);
    const skipped = (count: number): undefined[] => Array.from({ length: count }, () => undefined);
    plan.dispatch(
      residual,
      [sizes(byNode), weights, ...skipped(6), constants, penalties, stateXG, nu, stateR],
      byNode,
      nodes * N * data.outputs * (2 * data.neurons + 10),
    );
    const byEntry = linearGrid(Math.ceil((N * columns) / 64));
    plan.dispatch(
      hull,
      [sizes(byEntry), weights, nu, hulls, vertices, pieces, zX, stateXG],
      byEntry,
      N * columns * (30 + 15 * data.breakpoints),
    );
    const byParameter = linearGrid(Math.ceil((width * columns) / 64));
    plan.dispatch(clampWeights, [sizes(byParameter), ...skipped(12), zW, stateW], byParameter);
    return plan;
  }
}

async function makeBuffers(device: Device, data: SplittingData, capacity: number): Promise<Buffers> {
  const { samples: N, neurons: M, outputs: C, width, inverse, design } = data;
  const [N4, w4, columns] = [quads(N), quads(width), quads(capacity * M)];
  const rows = new Float32Array(N * w4);
  const across = new Float32Array(w4 * N4);
  for (let i = 0; i < N; i++) {
    for (let k = 0; k < width; k++) rows[i * w4 + k] = across[k * N4 + i] = design[k * N + i];
  }
  const square = new Float32Array(w4 * w4);
  for (let k = 0; k < width; k++) for (let l = 0; l < width; l++) square[k * w4 + l] = inverse[l * width + k];
  const heads = new Uint32Array(2 * data.breakpoints ** 2);
  const points: number[] = [];
  data.hulls.forEach((polygon, k) => {
    if (polygon === undefined) return;
    heads.set([points.length / 2, polygon.length / 2], 2 * k);
    points.push(...polygon);
  });
  const constants = Float32Array.of(...data.sampleInverse, ...data.sumInverse, ...data.targets);
  const room = (floats: number, label: string): Promise<DeviceBuffer> => device.buffers.allocate(4 * floats, label);
  const [matrix, parameter] = [N4 * columns, w4 * columns];
  return {
    design: await device.upload(rows, "samples"),
    designT: await device.upload(across, "samples, transposed"),
    inverse: await device.upload(square, "inverse"),
    coefficients: await device.upload(Float32Array.of(1, data.parameterWeight, 1, 0), "coefficients"),
    weights: await device.upload(Float32Array.from(data.outputWeights), "output weights"),
    constants: await device.upload(constants, "inverses and targets"),
    hulls: await device.upload(heads, "hulls"),
    vertices: await device.upload(Float32Array.from(points), "vertices"),
    pieces: await room(N * columns, "pieces"),
    penalties: await room(capacity, "penalties"),
    stateXG: await room(5 * matrix, "X and G"),
    stateR: await room(3 * capacity * C * (N + 1), "R and b"),
    stateW: await room(2 * parameter, "W"),
    zX: await room(matrix, "projected X"),
    zW: await room(parameter, "projected W"),
    right: await room(parameter, "right-hand sides"),
    nu: await room(capacity * N * C, "multipliers"),
    host: await room(6 * N * capacity * M + 3 * width * capacity * M, "transfer"),
  };
}

function padded(pieces: Uint32Array, rows: number, used: number, columns: number): Uint32Array {
  if (used === columns) return pieces;
  const wide = new Uint32Array(rows * columns);
  for (let i = 0; i < rows; i++) wide.set(pieces.subarray(i * used, (i + 1) * used), i * columns);
  return wide;
}
