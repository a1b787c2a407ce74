import { loadDenseKernels } from "../../backends/cpu/kernels/load.ts";
import type { BatchedSplitting } from "../../backends/webgpu/sosx/batched-splitting.ts";
import type { Device } from "../../backends/webgpu/device.ts";
import { DeviceLostError } from "../../backends/webgpu/errors.ts";
import type { PieceRanges } from "../node-relaxation.ts";
import type { RelaxationData } from "../training-problem.ts";
import { BatchSolver } from "./batch-solver.ts";
import type { AccuracyOptions, Iterations } from "./batch-solver.ts";
import type { EngineLimits, NodeAnswer, NodeRequest, RelaxationEngine } from "./engine.ts";
import { unsolved } from "./engine.ts";
import { SplittingStep } from "./splitting-step.ts";
import type { BatchState } from "./splitting-step.ts";

export interface GpuOptions extends AccuracyOptions {
  /** Nodes at once. Default 64. */
  readonly batch?: number | undefined;
  /** Part of an adapter's name; default: the fastest. */
  readonly adapter?: string | undefined;
}

/**
 * Batches of nodes by operator splitting, the iterations on a WebGPU device in single precision. Bounds are computed
 * from the multipliers that come back, in double precision on the original data, so they are as safe as the CPU's.
 */
export class GpuEngine implements RelaxationEngine {
  readonly name = "gpu";
  readonly batch: number;
  private readonly solver: BatchSolver;
  private readonly iterations: DeviceIterations;

  private constructor(solver: BatchSolver, iterations: DeviceIterations, batch: number) {
    this.solver = solver;
    this.iterations = iterations;
    this.batch = batch;
  }

  /** @throws UnsupportedError without a WebGPU adapter or for more than 16 outputs */
  static async create(problem: RelaxationData, options: GpuOptions = {}): Promise<GpuEngine> {
    const { batch = 64, adapter } = options;
    const { BatchedSplitting: Batched } = await import("../../backends/webgpu/sosx/batched-splitting.ts");
    const step = new SplittingStep(problem, await loadDenseKernels());
    const iterations = new DeviceIterations(problem, step, await Batched.open(step.deviceData(), batch, adapter));
    return new GpuEngine(new BatchSolver(problem, step, iterations, options), iterations, batch);
  }

  /** Undefined once it was lost. */
  get device(): Device | undefined {
    return this.iterations.device;
  }

  async solve(requests: readonly NodeRequest[], limits: EngineLimits = {}): Promise<NodeAnswer[]> {
    const { signal, ...plain } = limits;
    const end = performance.now() + 1000 * (limits.seconds ?? Infinity);
    const answers: NodeAnswer[] = [];
    for (let from = 0; from < requests.length; from += this.batch) {
      const nodes = requests.slice(from, from + this.batch);
      const seconds = limits.seconds === undefined ? {} : { seconds: Math.max(0, (end - performance.now()) / 1000) };
      answers.push(...(signal?.aborted ? nodes.map(() => unsolved) : await this.solver.solve(nodes, { ...plain, ...seconds })));
    }
    return answers;
  }

  dispose(): void {
    this.iterations.destroy();
  }
}

/** Iterations on the device; on the CPU once the device is lost: the state between two looks is on the host anyway. */
class DeviceIterations implements Iterations {
  /** Looking costs a transfer and the bounds' arithmetic on the CPU, so it is done more rarely than there. */
  readonly between = 100;
  private readonly problem: RelaxationData;
  private readonly step: SplittingStep;
  private batched: BatchedSplitting | undefined;

  constructor(problem: RelaxationData, step: SplittingStep, batched: BatchedSplitting) {
    this.problem = problem;
    this.step = step;
    this.batched = batched;
  }

  get device(): Device | undefined {
    return this.batched?.device;
  }

  async advance(state: BatchState, ranges: readonly PieceRanges[], count: number): Promise<void> {
    if (this.batched !== undefined) {
      try {
        await this.batched.advance(state, this.pieces(ranges), count);
        return;
      } catch (error) {
        if (!(error instanceof DeviceLostError)) throw error;
        this.destroy();
      }
    }
    for (let k = 0; k < count; k++) this.step.advance(state, ranges);
  }

  /** lo·(P + 1) + hi of every (i, node, j). */
  private pieces(ranges: readonly PieceRanges[]): Uint32Array {
    const { samples: N, neurons: M, pwl } = this.problem;
    const K = pwl.breakpoints.length;
    const pieces = new Uint32Array(N * M * ranges.length);
    for (let i = 0; i < N; i++) {
      ranges.forEach(({ lo, hi }, node) => {
        const at = (i * ranges.length + node) * M;
        for (let j = 0; j < M; j++) pieces[at + j] = lo[i * M + j] * K + hi[i * M + j];
      });
    }
    return pieces;
  }

  destroy(): void {
    this.batched?.destroy();
    this.batched = undefined;
  }
}
