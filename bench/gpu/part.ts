import type { DenseKernels } from "../../src/linear/dense-kernels.ts";
import type { Device } from "../../src/backends/webgpu/device.ts";
import type { DeviceTuning } from "../../src/backends/webgpu/psd/tune.ts";

/** What a part of the benchmark works with. */
export interface GpuContext {
  readonly device: Device;
  /** The f64 reference. */
  readonly dense: DenseKernels;
  readonly tuning: DeviceTuning;
  readonly sizes: GpuSizes;
  /** Adds a line to the record. */
  add(line: object): void;
  /** Writes to the console. */
  print(text: string): void;
  /** Called with what differs from f64 by more than allowed; the benchmark then fails. */
  wrong(what: string): void;
}

/** One part of the benchmark. */
export interface GpuPart {
  readonly name: string;
  run(context: GpuContext): Promise<void>;
}

/** Blocks of one order. */
export interface BatchSize {
  readonly blocks: number;
  readonly order: number;
}

/** What is measured, and how long. */
export interface GpuSizes {
  /** Orders of square products, multiples of 4. */
  readonly gemm: readonly number[];
  /** Orders of single large blocks. */
  readonly projection: readonly number[];
  readonly batches: readonly BatchSize[];
  /** Orders of blocks of low rank. */
  readonly lowRank: readonly number[];
  /** Order of a block that is cut into panels. */
  readonly panels: number;
  /** Milliseconds spent on each timing, at least three runs apart. */
  readonly budget: number;
  /** Dispatches in a row when their cost is measured. */
  readonly dispatches: number;
}

export interface SizeChoice {
  readonly software: boolean;
  readonly quick: boolean;
  /** Replaces the orders of products and of single blocks. */
  readonly orders?: readonly number[];
}

/** Sizes that suit the adapter: on software ones, small. */
export function chooseSizes({ software, quick, orders }: SizeChoice): GpuSizes {
  const sizes = software ? softwareSizes(quick) : gpuSizes(quick);
  if (orders === undefined) return sizes;
  return { ...sizes, gemm: orders.map((n) => 4 * Math.ceil(n / 4)), projection: orders, lowRank: orders, panels: Math.max(...orders) };
}

function softwareSizes(quick: boolean): GpuSizes {
  const batches = [
    { blocks: quick ? 200 : 2000, order: 10 },
    { blocks: quick ? 20 : 200, order: 30 },
  ];
  return {
    gemm: quick ? [64, 128] : [64, 128, 256],
    projection: quick ? [64] : [64, 128, 200],
    batches,
    lowRank: quick ? [128, 257] : [128, 257, 400],
    panels: 257,
    budget: quick ? 50 : 200,
    dispatches: quick ? 200 : 1000,
  };
}

function gpuSizes(quick: boolean): GpuSizes {
  const batches = [
    { blocks: 5000, order: 10 },
    { blocks: 1000, order: 30 },
    { blocks: 500, order: 44 },
    { blocks: 200, order: 100 },
    { blocks: 20, order: 400 },
  ];
  return {
    gemm: quick ? [512, 2048, 4096] : [256, 512, 1024, 2048, 4096],
    projection: quick ? [500, 1000, 2000] : [250, 500, 1000, 2000, 4000],
    batches: quick ? batches.slice(0, 2) : batches,
    lowRank: quick ? [1000, 2000] : [500, 1000, 2000, 4000],
    panels: quick ? 2000 : 4000,
    budget: quick ? 100 : 300,
    dispatches: 5000,
  };
}
