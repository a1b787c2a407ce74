import type { DeviceBuffer } from "../buffers.ts";
import { BINDING_ALIGNMENT } from "../constants.ts";
import type { Device } from "../device.ts";
import type { Gemm } from "../gemm.ts";
import { panels as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { BufferRange, Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import { makeSchedule, SCHEDULE_PARAMETERS } from "../../schedules.ts";
import type { ScheduleLength } from "../../schedules.ts";
import type { PsdBlock } from "./blocks.ts";
import { addMirror, addPanelProduct, PANEL_KERNELS, PanelLayout, PanelMatrix } from "./panels.ts";
import type { CoefficientPair } from "./panels.ts";

const unpackKernel: Kernel = { name: "panel-unpack", entry: "unpack", source };
const packKernel: Kernel = { name: "panel-pack", entry: "pack", source };
const squaresKernel: Kernel = { name: "panel-squares", entry: "squares", source };
const frobeniusKernel: Kernel = { name: "panel-norm", entry: "frobenius", source };
const firstStepKernel: Kernel = { name: "panel-first-step", entry: "firstStep", source };
const combineKernel: Kernel = { name: "panel-combine", entry: "combine", source };
const KERNELS = [unpackKernel, packKernel, squaresKernel, frobeniusKernel, firstStepKernel, combineKernel];

/** Most partial sums of one panel. */
const MAX_PARTIALS = 64;
const ALIGNED = BINDING_ALIGNMENT / 4;

/** Pairs before those of the steps: (1, 0) and (1, 1). */
const PLAIN = 0;
const SUM = 1;
/** Pairs of a step: (c, b), (c, 1), (1, a). */
const PER_STEP = 3;
const LENGTHS = Object.keys(SCHEDULE_PARAMETERS).map(Number) as ScheduleLength[];

/**
 * The polynomial projection (see {@link PolynomialProjector}) of blocks whose square exceeds one binding: matrices lie
 * in panels, products are sums of tile products. Only the parts of a vector that belong to a panel are bound.
 */
export class TiledProjector {
  readonly layout: PanelLayout;
  private readonly blocks: readonly PsdBlock[];
  private readonly gemm: Gemm;
  private readonly matrices: readonly PanelMatrix[];
  private readonly partials: DeviceBuffer;
  private readonly norm: DeviceBuffer;
  private readonly firstCoefficients: DeviceBuffer;
  private readonly coefficients: DeviceBuffer;

  private constructor(
    layout: PanelLayout,
    blocks: readonly PsdBlock[],
    gemm: Gemm,
    matrices: readonly PanelMatrix[],
    buffers: readonly DeviceBuffer[],
  ) {
    this.layout = layout;
    this.blocks = blocks;
    this.gemm = gemm;
    this.matrices = matrices;
    [this.partials, this.norm, this.firstCoefficients, this.coefficients] = buffers;
  }

  /**
   * For blocks of orders up to `order`, one after the other, in panels of at most `maxBytes` (by default, the largest
   * binding). Throws DeviceMemoryError when they do not fit.
   */
  static async create(
    device: Device,
    blocks: readonly PsdBlock[],
    order: number,
    gemm: Gemm,
    maxBytes: number = device.limits.maxBindingBytes,
  ): Promise<TiledProjector> {
    await device.compile([...KERNELS, ...PANEL_KERNELS, gemm.kernel]);
    const layout = new PanelLayout(order, maxBytes);
    const matrices: PanelMatrix[] = [];
    for (const name of ["data", "X", "Y", "Z"]) {
      matrices.push(await PanelMatrix.allocate(device, layout, `psd ${name}, order ${layout.order}`));
    }
    const buffers = [
      await device.buffers.allocate(4 * MAX_PARTIALS * layout.count, "psd partial sums"),
      await device.buffers.allocate(8, "psd norm"),
      await device.buffers.allocate(16, "psd first step"),
      await device.upload(schedulePairs(), "psd schedules"),
    ];
    return new TiledProjector(layout, blocks, gemm, matrices, buffers);
  }

  /** Appends the projection of every block of x, in place, with a schedule of this many steps. */
  add(plan: Plan, x: DeviceBuffer, steps: ScheduleLength): void {
    for (const block of this.blocks) this.addBlock(plan, x, block, steps);
  }

  release(device: Device): void {
    for (const matrix of this.matrices) matrix.release(device);
    for (const buffer of [this.partials, this.norm, this.firstCoefficients, this.coefficients]) {
      device.buffers.release(buffer);
    }
  }

  private addBlock(plan: Plan, vector: DeviceBuffer, block: PsdBlock, steps: ScheduleLength): void {
    const { layout, norm, firstCoefficients } = this;
    const [data, ...work] = this.matrices;
    let [x, y] = work;
    const z = work[2];
    const plain = this.pair(PLAIN);
    const sum = this.pair(SUM);
    const runs = range(layout.count).map((panel) => svecRun(layout, block, panel, vector));

    this.addNorm(plan, runs, frobeniusKernel, norm);
    runs.forEach(({ range: part, start, row, rows }, panel) => {
      const sizes = parameters([block.order, layout.order, row, rows, start]);
      const bindings = [sizes, part, data.panels[panel], undefined, norm];
      plan.dispatch(unpackKernel, bindings, elements(rows * (layout.order - row)));
    });
    addMirror(plan, data);

    // First step: Y = X², W = Y², σ = ‖W‖_F^¼, Z = (c/σ⁵)W + (b/σ³)Y, X ← XZ + (a/σ)X.
    this.product(plan, data, data, y, plain, sum);
    this.product(plan, y, y, z, plain, sum);
    const whole = z.panels.map((buffer, panel) => ({
      range: buffer,
      start: 0,
      count: layout.rows(panel) * layout.order,
    }));
    this.addNorm(plan, whole, firstStepKernel, firstCoefficients, makeSchedule(SCHEDULE_PARAMETERS[steps])[0]);
    whole.forEach(({ range: target, count }, panel) => {
      const sizes = parameters([0, 0, 0, 0, 0, count]);
      const bindings = [sizes, y.panels[panel], target, undefined, undefined, firstCoefficients];
      plan.dispatch(combineKernel, bindings, elements(count));
    });
    this.product(plan, data, z, x, { coefficients: firstCoefficients, coefficient: 1 }, sum, data);

    for (let step = 1; step < steps; step++) {
      const pair = firstPair(steps) + PER_STEP * step;
      this.product(plan, x, x, y, plain, sum);
      this.product(plan, y, y, z, this.pair(pair), this.pair(pair + 1), y);
      this.product(plan, x, z, y, this.pair(pair + 2), sum, x);
      [x, y] = [y, x];
    }
    // Only the upper triangle is needed now.
    addPanelProduct(plan, this.gemm, { A: data, B: x, C: y, D: data, scale: sum, next: sum });
    runs.forEach(({ range: part, start, row, rows }, panel) => {
      const sizes = parameters([block.order, layout.order, row, rows, start, 0, 0, 0], [0.5]);
      const bindings = [sizes, y.panels[panel], part, undefined, norm];
      plan.dispatch(packKernel, bindings, elements(rows * (layout.order - row)));
    });
  }

  /** What a kernel makes of the sum of squares over all runs. */
  private addNorm(
    plan: Plan,
    runs: readonly SummedRun[],
    finish: Kernel,
    target: DeviceBuffer,
    step: readonly [number, number, number] = [0, 0, 0],
  ): void {
    const groups = Math.min(MAX_PARTIALS, Math.ceil(runs[0].count / 2048));
    runs.forEach(({ range: part, start, count }, run) => {
      const sizes = parameters([0, 0, 0, 0, start, count, groups, run * groups]);
      plan.dispatch(squaresKernel, [sizes, part, undefined, this.partials], [groups, 1, 1]);
    });
    const sizes = parameters([0, 0, 0, 0, 0, 0, groups, runs.length * groups], step);
    const place = finish === frobeniusKernel ? [target] : [undefined, target];
    plan.dispatch(finish, [sizes, undefined, undefined, this.partials, ...place], [1, 1, 1]);
  }

  private product(
    plan: Plan,
    A: PanelMatrix,
    B: PanelMatrix,
    C: PanelMatrix,
    scale: CoefficientPair,
    next: CoefficientPair,
    D = A,
  ): void {
    addPanelProduct(plan, this.gemm, { A, B, C, D, scale, next });
    addMirror(plan, C);
  }

  private pair(coefficient: number): CoefficientPair {
    return { coefficients: this.coefficients, coefficient };
  }
}

/** Entries of a buffer that are summed. */
interface SummedRun {
  readonly range: DeviceBuffer | BufferRange;
  readonly start: number;
  readonly count: number;
}

/** The svec entries of the columns that a panel has as rows. */
interface SvecRun extends SummedRun {
  readonly row: number;
  readonly rows: number;
}

/** They follow one another; the binding begins at the aligned element before them. */
function svecRun(layout: PanelLayout, { offset, order }: PsdBlock, panel: number, buffer: DeviceBuffer): SvecRun {
  const row = layout.row(panel);
  const rows = layout.rows(panel);
  const before = (column: number): number => column * order - (column * (column - 1)) / 2;
  const first = offset + before(Math.min(row, order));
  const count = offset + before(Math.min(row + rows, order)) - first;
  const start = first % ALIGNED;
  const range = { buffer, offset: 4 * (first - start), bytes: 4 * (start + Math.max(1, count)) };
  return { range, start, count, row, rows };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function elements(count: number) {
  return linearGrid(Math.ceil(count / 64));
}

function firstPair(length: ScheduleLength): number {
  const before = LENGTHS.slice(0, LENGTHS.indexOf(length));
  return 2 + PER_STEP * before.reduce((sum, other) => sum + SCHEDULE_PARAMETERS[other].steps, 0);
}

function schedulePairs(): Float32Array {
  const steps = LENGTHS.flatMap((length) => makeSchedule(SCHEDULE_PARAMETERS[length]));
  return Float32Array.from([1, 0, 1, 1, ...steps.flatMap(([a, b, c]) => [c, b, c, 1, 1, a])]);
}
