import type { ScheduleLength } from "../../schedules.ts";
import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import type { Plan } from "../plan.ts";
import type { PsdBlock } from "./blocks.ts";
import { subspaceColumns } from "./choose.ts";
import type { ProjectionMethod } from "./choose.ts";
import type { PolynomialProjector } from "./polynomial.ts";
import { readStates, STATE_WORDS, SUBSPACE_TOLERANCE, SubspaceProjector } from "./subspace.ts";
import type { SubspaceState } from "./subspace.ts";

/** Degrees of the filter: the first, and bounds of the later ones. */
const FIRST_DEGREE = 6;
const LEAST_DEGREE = 3;
const MOST_DEGREE = 14;
/** Growth of the largest eigenvector in one filter, above which f32 loses the others. */
const MOST_GROWTH = 1e5;
/** Looks at which a failure was seen more often than not, before the subspace is given up. */
const PATIENCE = 2;
/** Columns more than needed, from which a smaller basis is worth a new start. */
const MOST_SPARE = 12;
/** Looks without a subspace after one was given up; doubled every time. */
const FIRST_PAUSE = 4;

/**
 * A batch of blocks that goes over from the polynomial to a followed subspace, and back, by the ranks and failures
 * that are seen at checks. The projections in between need nobody's decision.
 */
export class LowRankBatch {
  readonly polynomial: PolynomialProjector;
  /** States of the layers; see subspace.wgsl. */
  readonly states: DeviceBuffer;
  private readonly device: Device;
  private readonly blocks: readonly PsdBlock[];
  private readonly method: ProjectionMethod;
  private subspace: SubspaceProjector | undefined;
  private sides: readonly number[] = [];
  private degree = FIRST_DEGREE;
  /** Of the present subspace, at the last look, and of those before. */
  private seen = { passes: 0, failures: 0 };
  private followed = 0;
  private disappointments = 0;
  private pause = 0;
  private nextPause = FIRST_PAUSE;

  private constructor(
    device: Device,
    blocks: readonly PsdBlock[],
    method: ProjectionMethod,
    polynomial: PolynomialProjector,
    states: DeviceBuffer,
  ) {
    this.device = device;
    this.blocks = blocks;
    this.method = method;
    this.polynomial = polynomial;
    this.states = states;
  }

  /** The polynomial is made to watch the ranks. */
  static async create(
    device: Device,
    blocks: readonly PsdBlock[],
    method: ProjectionMethod,
    make: (watch: DeviceBuffer) => Promise<PolynomialProjector>,
  ): Promise<LowRankBatch> {
    // NaN: the polynomial has not run yet.
    const words = new Float32Array(STATE_WORDS * blocks.length).fill(NaN);
    const states = await device.upload(words, "subspace states");
    return new LowRankBatch(device, blocks, method, await make(states), states);
  }

  /** For the log: "", or how many projections went by the subspace. */
  get description(): string {
    const passes = this.followed + this.seen.passes;
    if (this.subspace === undefined && passes === 0) return "";
    const now = this.subspace === undefined ? "" : ` of ${this.subspace.columns} vectors`;
    return ` (${passes} by a subspace${now})`;
  }

  add(plan: Plan, x: DeviceBuffer, steps: ScheduleLength): void {
    if (this.subspace === undefined) this.polynomial.add(plan, x, steps);
    else this.subspace.add(plan, x, this.degree, steps);
  }

  /** Decides how to go on; true when that has changed. */
  async observe(words: Uint32Array, steps: ScheduleLength): Promise<boolean> {
    const states = readStates(words.subarray(0, STATE_WORDS * this.blocks.length));
    if (this.subspace === undefined) return this.begin(states, steps);
    const { passes, failures } = states[0];
    const passed = passes - this.seen.passes;
    const failed = failures - this.seen.failures;
    this.seen = { passes, failures };
    const rank = Math.max(...states.map(({ count }) => count));
    const columns = subspaceColumns(this.polynomial.order, rank, this.degree, steps, this.method);
    if (rank + 3 > this.subspace.columns) return columns === undefined ? this.stop() : this.restart(columns);
    const spare = columns === undefined ? 0 : this.subspace.columns - columns;
    if (spare >= MOST_SPARE && columns !== undefined && passed > 0 && failed === 0) return this.restart(columns);
    this.disappointments = failed > passed ? this.disappointments + 1 : 0;
    if (this.disappointments > PATIENCE) return this.stop();
    if (failed <= passed && passed > 0) this.nextPause = FIRST_PAUSE;
    return this.adapt(states, failed, steps);
  }

  release(): void {
    this.subspace?.release();
    this.polynomial.release(this.device);
    this.device.buffers.release(this.states);
  }

  /** A subspace for the smaller side of each block, if the sign's trace says that it is small enough. */
  private async begin(states: readonly SubspaceState[], steps: ScheduleLength): Promise<boolean> {
    if (this.pause > 0) {
      this.pause--;
      return false;
    }
    const ranks = states.map(({ trace }, layer) => Math.ceil((this.blocks[layer].order - Math.abs(trace)) / 2));
    const rank = Math.max(...ranks);
    // NaN: the polynomial has not run yet.
    if (Number.isNaN(rank)) return false;
    const columns = subspaceColumns(this.polynomial.order, rank, FIRST_DEGREE, steps, this.method);
    if (columns === undefined) return false;
    this.sides = states.map(({ trace }) => (trace <= 0 ? 1 : -1));
    return this.restart(columns);
  }

  /** A fresh basis; the polynomial works until it has become one of the eigenspace. */
  private async restart(columns: number): Promise<boolean> {
    this.forget();
    this.degree = FIRST_DEGREE;
    this.disappointments = 0;
    this.subspace = await SubspaceProjector.create(this.device, this.polynomial, this.states, this.sides, columns);
    return true;
  }

  private stop(): boolean {
    this.forget();
    this.pause = this.nextPause;
    this.nextPause *= 2;
    return true;
  }

  private forget(): void {
    this.followed += this.seen.passes;
    this.seen = { passes: 0, failures: 0 };
    this.subspace?.release();
    this.subspace = undefined;
  }

  /** A higher degree after failures, a lower one where there is accuracy to spare. */
  private adapt(states: readonly SubspaceState[], failed: number, steps: ScheduleLength): boolean {
    const reach = Math.max(...states.map((state) => state.reach));
    const error = Math.max(...states.map((state) => state.error));
    // T_d(x) ≈ (x + √(x² − 1))^d/2 outside [−1, 1].
    const limit = Math.floor(Math.log(2 * MOST_GROWTH) / Math.acosh(Math.max(1.01, reach)));
    const spare = failed === 0 && error < 0.1 * SUBSPACE_TOLERANCE[steps];
    const wanted = this.degree + (failed > 1 ? 2 : spare ? -1 : 0);
    const degree = Math.max(LEAST_DEGREE, Math.min(MOST_DEGREE, limit, wanted));
    if (!(degree !== this.degree)) return false;
    this.degree = degree;
    return true;
  }
}
