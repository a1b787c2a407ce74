import type { ConicPoint } from "../../../problem/conic-problem.ts";
import { scaleData, scalePoint, unscalePoint } from "../../../problem/equilibrated-problem.ts";
import type { EquilibratedProblem, ScaledData } from "../../../problem/equilibrated-problem.ts";
import type { SparseMatrix } from "../../../problem/sparse-matrix.ts";
import type { BackendAcceleration, Measure, RayMeasure, Workspace, WorkspaceStatistics } from "../../backend.ts";
import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { addSparseProduct } from "../kernels/sparse.ts";
import type { DeviceRows } from "../kernels/sparse.ts";
import type { Plan } from "../plan.ts";
import type { ScheduleLength } from "../../schedules.ts";
import type { CheckReduction, CheckScalars } from "./check.ts";
import type { DeviceCones } from "./cones.ts";
import { andersonState } from "./device-anderson.ts";
import type { DeviceAnderson } from "./device-anderson.ts";
import type { DeviceLinearSolver } from "./linear.ts";
import { Polisher } from "./polish.ts";
import type { ExactProjection } from "./polish.ts";
import { PausedAnderson } from "./paused-anderson.ts";
import { Scalar } from "./steps.ts";
import type { Submissions } from "./submissions.ts";
import type { SplittingBuffers, SplittingSteps } from "./steps.ts";

export interface WebGpuWorkspaceParts {
  readonly device: Device;
  readonly problem: EquilibratedProblem;
  /** Â written out. */
  readonly A: SparseMatrix;
  readonly penalty: number;
  /** Weight of the x-block over the penalty. */
  readonly rho: number;
  /** Diagonal of W: 1, or the factor of equality rows. */
  readonly weights: Float64Array;
  readonly buffers: SplittingBuffers;
  /** Ax (m), Aᵀy (n). */
  readonly products: DeviceBuffer;
  readonly steps: SplittingSteps;
  readonly forward: DeviceRows;
  readonly adjoint: DeviceRows;
  readonly linear: DeviceLinearSolver;
  readonly cones: DeviceCones;
  readonly check: CheckReduction;
  readonly anderson: DeviceAnderson;
  /** Shared with the acceleration, so that everything stays in order. */
  readonly submissions: Submissions;
  readonly exact: ExactProjection;
}

/** Iterations between host copies of the point, from which a lost device's work goes on. */
const CHECKPOINT_EVERY = 100;
/** Differences look like a ray when ‖AᵀΔy‖ or ‖AΔx + Δs‖ is within this of −bᵀΔy or −cᵀΔx. */
const RAY_GATE = 1e-2;

/**
 * The splitting with τ = 1 in f32 on a WebGPU device. No vector crosses the bus inside the loop: a check brings back 22
 * numbers; points come back only when they are asked for, and every {@link CHECKPOINT_EVERY} iterations.
 *
 * Polynomial projections start with 16 products and are tightened to 22, 25 and 31 as the residuals fall; where the rank
 * has become low, a followed subspace takes their place.
 */
export class WebGpuWorkspace implements Workspace {
  readonly backend = "webgpu";
  readonly precision = "f32";
  readonly rows: number;
  readonly cols: number;
  readonly embedding = "frozen";
  readonly statistics: WorkspaceStatistics = {
    linearSolve: 0,
    projection: 0,
    factorizations: 1,
    conjugateGradientSteps: 0,
  };
  readonly acceleration: BackendAcceleration;
  readonly #parts: WebGpuWorkspaceParts;
  readonly #anderson: PausedAnderson;
  readonly #polisher: Polisher;
  readonly #affine: Plan;
  readonly #conePlans = new Map<ScheduleLength, Plan>();
  readonly #relax: Plan;
  readonly #reweigh: Plan;
  readonly #measure: Plan;
  #data: ScaledData;
  #b: Float64Array;
  #c: Float64Array;
  #penalty: number;
  #relaxation = NaN;
  #schedule: ScheduleLength = 5;
  #moved = { slack: 0, dual: 0 };
  #checkpoint: ConicPoint | undefined;
  #checkpointAt = 0;
  #measuredAt = 0;

  constructor(parts: WebGpuWorkspaceParts) {
    const { device, problem, buffers, steps, linear, anderson } = parts;
    this.#parts = parts;
    this.rows = buffers.m;
    this.cols = buffers.n;
    this.#penalty = parts.penalty;
    this.#b = problem.original.b;
    this.#c = problem.original.c;
    this.#data = scaleData(problem, this.#b, this.#c);
    this.#polisher = new Polisher(problem.original, parts.exact);
    this.acceleration = this.#anderson = new PausedAnderson(anderson, parts.submissions);

    const { u, t, work, rhs } = buffers;
    this.#affine = device.plan();
    anderson.keepInput(this.#affine);
    steps.addRightHandSide(this.#affine);
    addSparseProduct(this.#affine, parts.adjoint, { buffer: work }, { buffer: rhs }, 1, 1);
    linear.add(this.#affine, rhs, t);
    addSparseProduct(this.#affine, parts.forward, { buffer: t }, { buffer: work });
    steps.addReflect(this.#affine);
    this.#relax = device.plan();
    steps.addRelax(this.#relax);
    this.#reweigh = device.plan();
    steps.addReweigh(this.#reweigh);
    this.#measure = device.plan();
    addSparseProduct(this.#measure, parts.forward, { buffer: u }, { buffer: parts.products });
    const y = { buffer: u, offset: this.cols };
    addSparseProduct(this.#measure, parts.adjoint, y, { buffer: parts.products, offset: this.rows });
    parts.check.add(this.#measure);
    this.#writeData();
    this.start();
  }

  get adapter(): string {
    const { device, linear, cones } = this.#parts;
    return `${device.name}; ${linear.description}; ${cones.description}`;
  }

  get penalty(): number {
    return this.#penalty;
  }

  /** For what works on the same buffers between two starts (refine/). */
  get parts(): WebGpuWorkspaceParts {
    return this.#parts;
  }

  /** The last point copied to the host, original units; what a rebuilt workspace can start from. */
  get checkpoint(): ConicPoint | undefined {
    return this.#checkpoint;
  }

  /** Iteration of the last measure since the start. */
  get measuredAt(): number {
    return this.#measuredAt;
  }

  updateData(b?: Float64Array, c?: Float64Array): void {
    if (b) this.#b = b.slice();
    if (c) this.#c = c.slice();
    this.#data = scaleData(this.#parts.problem, this.#b, this.#c);
    this.#writeData();
  }

  start(point?: ConicPoint): void {
    const { cols: n, rows: m } = this;
    const { submissions, problem, buffers, weights } = this.#parts;
    const u = new Float32Array(n + m);
    const v = new Float32Array(n + m);
    const slack = new Float32Array(m);
    if (point) {
      const x = new Float64Array(n);
      const y = new Float64Array(m);
      const s = new Float64Array(m);
      scalePoint(problem, this.#data, point, x, y, s);
      u.set(x);
      u.set(y, n);
      slack.set(s);
      v.set(x);
      for (let i = 0; i < m; i++) v[n + i] = y[i] + this.#penalty * weights[i] * s[i];
    }
    submissions.write(buffers.u, u);
    // With ũ = u the point is its own reflection, and setPenalty re-expresses it rightly.
    submissions.write(buffers.t, u);
    submissions.write(buffers.v, v);
    submissions.write(buffers.s, slack);
    this.#anderson.reset();
    this.#schedule = 5;
    this.#checkpoint = point;
    this.#checkpointAt = 0;
    this.#measuredAt = 0;
    this.#writeScalars();
  }

  setPenalty(penalty: number): void {
    if (penalty === this.#penalty) return;
    this.#penalty = penalty;
    this.#writeScalars();
    this.#parts.submissions.run(this.#reweigh);
  }

  affineStep(): void {
    this.#parts.submissions.run(this.#affine);
  }

  coneStep(): void {
    let plan = this.#conePlans.get(this.#schedule);
    if (!plan) {
      plan = this.#parts.device.plan();
      this.#parts.cones.add(plan, this.#parts.buffers.s, this.#schedule);
      this.#parts.steps.addComplete(plan);
      this.#conePlans.set(this.#schedule, plan);
    }
    this.#parts.submissions.run(plan);
  }

  relaxStep(relaxation: number): void {
    if (relaxation !== this.#relaxation) {
      this.#relaxation = relaxation;
      this.#writeScalars();
    }
    this.#parts.submissions.run(this.#relax);
  }

  setAnchor(): never {
    throw new Error("Halpern's iteration is not available on the webgpu backend");
  }

  pullToAnchor(): never {
    return this.setAnchor();
  }

  fixedPointError(): never {
    return this.setAnchor();
  }

  history(): never {
    throw new Error("the webgpu backend accelerates by itself: use `acceleration`");
  }

  movement(): { readonly slack: number; readonly dual: number } {
    return this.#moved;
  }

  async measure(iteration: number): Promise<Measure> {
    const { device, check, cones, submissions } = this.#parts;
    submissions.run(this.#measure);
    submissions.flush();
    const { scalars, passengers } = await check.read(device);
    this.#anderson.observe(iteration, andersonState(passengers[0]));
    if (await cones.observe(passengers.slice(1), this.#schedule)) this.#conePlans.clear();
    this.#measuredAt = iteration;
    this.#moved = { slack: Math.sqrt(scalars.slackMoved), dual: Math.sqrt(scalars.dualMoved) };
    if (iteration - this.#checkpointAt >= CHECKPOINT_EVERY) {
      this.#checkpoint = await this.readIterate();
      this.#checkpointAt = iteration;
    }
    const measure = this.#toMeasure(iteration, scalars);
    this.#tighten(measure);
    return measure;
  }

  async readPoint(): Promise<ConicPoint> {
    const point = await this.readIterate();
    this.#polisher.polish(point, this.#b, this.#c);
    return point;
  }

  /** The displacement of the last {@link CHECKPOINT_EVERY} or so iterations, polished. */
  async readRay(): Promise<ConicPoint> {
    const before = this.#checkpoint;
    const now = await this.readIterate();
    if (before) {
      for (const name of ["x", "y", "s"] as const) {
        for (let i = 0; i < now[name].length; i++) now[name][i] -= before[name][i];
      }
    }
    this.#polisher.polish(now, new Float64Array(this.rows), new Float64Array(this.cols));
    return now;
  }

  /** Gives the device's memory back. */
  release(): void {
    const { device, buffers, products, forward, adjoint, linear, cones, check, anderson } = this.#parts;
    for (const part of [linear, cones, check]) part.release(device);
    anderson.release();
    this.#parts.submissions.flush();
    const { scalars, v, u, t, s, b, c, weights, rowInverse, colInverse, work, rhs } = buffers;
    const sparse = [forward, adjoint].flatMap(({ pointer, index, values }) => [pointer, index, values]);
    const own = [scalars, v, u, t, s, b, c, weights, rowInverse, colInverse, work, rhs, products];
    for (const buffer of [...own, ...sparse]) device.buffers.release(buffer);
  }

  /** x, y, s in original units as they stand on the device, with its rounding. */
  async readIterate(): Promise<ConicPoint> {
    const { device, problem, buffers, submissions } = this.#parts;
    const { cols: n, rows: m } = this;
    submissions.flush();
    const u = Float64Array.from(await device.readFloats(buffers.u, n + m));
    const s = m === 0 ? new Float64Array(0) : Float64Array.from(await device.readFloats(buffers.s, m));
    const point = { x: u.slice(0, n), y: u.slice(n), s };
    unscalePoint(problem, this.#data, point);
    return point;
  }

  #toMeasure(iteration: number, q: CheckScalars): Measure {
    const { primalScale, dualScale } = this.#data;
    const objectiveScale = primalScale * dualScale;
    const measure = {
      iteration,
      tau: 1,
      kappa: 0,
      primalResidual: q.primalMax / primalScale,
      dualResidual: q.dualMax / dualScale,
      primalResidual2: Math.sqrt(q.primalSquared) / primalScale,
      dualResidual2: Math.sqrt(q.dualSquared) / dualScale,
      normAx: q.axMax / primalScale,
      normS: q.sMax / primalScale,
      normB: maxAbs(this.#b),
      normPx: 0,
      normAty: q.atyMax / dualScale,
      normC: maxAbs(this.#c),
      xPx: 0,
      cx: q.cx / objectiveScale,
      by: q.by / objectiveScale,
      dualNorm: Math.sqrt(q.ySquared),
      slackNorm: Math.sqrt(q.sSquared),
      scaledPrimalResidual: q.primalMax,
      scaledDualResidual: q.dualMax,
      objectiveScale,
    };
    const ray: RayMeasure = {
      by: q.byMoved / objectiveScale,
      normAty: q.atyMoved / dualScale,
      cx: q.cxMoved / objectiveScale,
      normAxs: q.axsMoved / primalScale,
      normPx: 0,
    };
    const hints =
      iteration > 0 &&
      ((ray.by < 0 && ray.normAty <= -RAY_GATE * ray.by) || (ray.cx < 0 && ray.normAxs <= -RAY_GATE * ray.cx));
    return hints ? { ...measure, ray } : measure;
  }

  /** Longer schedules as the relative residuals fall. */
  #tighten(m: Measure): void {
    const error = Math.max(
      m.primalResidual / Math.max(m.normAx, m.normS, m.normB, Number.MIN_VALUE),
      m.dualResidual / Math.max(m.normAty, m.normC, Number.MIN_VALUE),
    );
    const wanted: ScheduleLength = error > 1e-2 ? 5 : error > 1e-3 ? 7 : error > 1e-4 ? 8 : 10;
    if (wanted > this.#schedule) this.#schedule = wanted;
  }

  #writeScalars(): void {
    const scalars = new Float32Array(4);
    scalars[Scalar.penalty] = this.#penalty;
    scalars[Scalar.inversePenalty] = 1 / this.#penalty;
    scalars[Scalar.relaxation] = this.#relaxation;
    scalars[Scalar.rho] = this.#parts.rho;
    this.#parts.submissions.write(this.#parts.buffers.scalars, scalars);
  }

  #writeData(): void {
    const { submissions, problem, buffers, weights } = this.#parts;
    const { cols: n, rows: m } = this;
    const rowInverse = Float32Array.from({ length: m }, (_, i) => (weights[i] === 1 ? 1 : -1) / problem.rowScale[i]);
    submissions.write(buffers.b, Float32Array.from(this.#data.b));
    submissions.write(buffers.c, Float32Array.from(this.#data.c));
    submissions.write(buffers.rowInverse, rowInverse);
    submissions.write(buffers.colInverse, Float32Array.from({ length: n }, (_, j) => 1 / problem.colScale[j]));
  }
}

function maxAbs(v: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < v.length; i++) largest = Math.max(largest, Math.abs(v[i]));
  return largest;
}
