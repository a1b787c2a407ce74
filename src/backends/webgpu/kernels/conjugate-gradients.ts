import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { scalar as source } from "../generated/shaders.ts";
import { parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import { Reducer } from "./reduce.ts";
import { addCombine, addMultiply, VECTOR_KERNELS } from "./vector.ts";

const quotientKernel: Kernel = { name: "quotient", source };

/** Appends q ← Mp for a symmetric positive definite M; p and q are whole buffers. */
export type OperatorSteps = (plan: Plan, p: DeviceBuffer, q: DeviceBuffer) => void;

/** Rows of the coefficients: x += αp, r −= αq, p ← z + βp, r ← b − q, z ← d∘r, p ← z. */
const Row = { x: 0, r: 1, p: 2, residual: 3, precondition: 4, copy: 5 } as const;
/** Slots of the reductions: pᵀq, and rᵀz of even and odd iterations. */
const PQ = 0;
const RZ = 1;

/**
 * Conjugate gradients with a diagonal preconditioner, all on the device: the step lengths are quotients of reductions
 * that never come back. Hestenes and Stiefel (1952).
 */
export class ConjugateGradients {
  readonly length: number;
  private readonly reducer: Reducer;
  private readonly coefficients: DeviceBuffer;
  private readonly inverseDiagonal: DeviceBuffer;
  private readonly p: DeviceBuffer;
  private readonly q: DeviceBuffer;
  private readonly r: DeviceBuffer;
  private readonly z: DeviceBuffer;

  private constructor(length: number, reducer: Reducer, buffers: readonly DeviceBuffer[]) {
    this.length = length;
    this.reducer = reducer;
    [this.coefficients, this.inverseDiagonal, this.p, this.q, this.r, this.z] = buffers;
  }

  /** For vectors of this length; `diagonal` > 0 is the preconditioner M ≈ diag(diagonal). */
  static async create(device: Device, diagonal: Float64Array): Promise<ConjugateGradients> {
    await device.compile([quotientKernel, ...VECTOR_KERNELS]);
    const length = diagonal.length;
    const rows = [
      ...[0, 0, 1, 0], // x
      ...[0, 0, 1, 0], // r
      ...[1, 0, 0, 0], // p
      ...[1, -1, 0, 0], // residual
      ...[1, 0, 0, 0], // precondition
      ...[1, 0, 0, 0], // copy
    ];
    const buffers = [await device.upload(Float32Array.from(rows), "cg coefficients")];
    buffers.push(await device.upload(Float32Array.from(diagonal, (d) => 1 / d), "cg preconditioner"));
    for (const name of ["p", "q", "r", "z"]) buffers.push(await device.buffers.allocate(4 * length, `cg ${name}`));
    return new ConjugateGradients(length, await Reducer.create(device, 3), buffers);
  }

  /** A new preconditioner, in order with the plans run. */
  setDiagonal(device: Device, diagonal: Float64Array): void {
    device.write(this.inverseDiagonal, Float32Array.from(diagonal, (d) => 1 / d));
  }

  /** Appends `iterations` steps from the x given towards Mx = b. More steps than needed do no harm. */
  add(plan: Plan, apply: OperatorSteps, b: DeviceBuffer, x: DeviceBuffer, iterations: number): void {
    const { length: n, p, q, r, z, inverseDiagonal } = this;
    apply(plan, x, q);
    addCombine(plan, n, this.row(Row.residual), { buffer: b }, { buffer: q }, { buffer: r });
    this.precondition(plan, inverseDiagonal);
    addCombine(plan, n, this.row(Row.copy), { buffer: z }, { buffer: z }, { buffer: p });
    this.reducer.add(plan, "dot", n, RZ, { buffer: r }, { buffer: z });
    for (let k = 0; k < iterations; k++) {
      const now = RZ + (k % 2);
      const next = RZ + ((k + 1) % 2);
      apply(plan, p, q);
      this.reducer.add(plan, "dot", n, PQ, { buffer: p }, { buffer: q });
      this.quotient(plan, now, PQ, 4 * Row.x, 1);
      this.quotient(plan, now, PQ, 4 * Row.r, -1);
      addCombine(plan, n, this.row(Row.x), { buffer: p }, { buffer: p }, { buffer: x });
      addCombine(plan, n, this.row(Row.r), { buffer: q }, { buffer: q }, { buffer: r });
      this.precondition(plan, inverseDiagonal);
      this.reducer.add(plan, "dot", n, next, { buffer: r }, { buffer: z });
      this.quotient(plan, next, now, 4 * Row.p + 2, 1);
      addCombine(plan, n, this.row(Row.p), { buffer: z }, { buffer: z }, { buffer: p });
    }
  }

  release(device: Device): void {
    const { coefficients, inverseDiagonal, p, q, r, z } = this;
    for (const buffer of [coefficients, inverseDiagonal, p, q, r, z]) device.buffers.release(buffer);
    this.reducer.release(device);
  }

  private row(row: number): { readonly buffer: DeviceBuffer; readonly row: number } {
    return { buffer: this.coefficients, row };
  }

  private precondition(plan: Plan, inverseDiagonal: DeviceBuffer): void {
    const { length, r, z } = this;
    addMultiply(plan, length, this.row(Row.precondition), { buffer: r }, { buffer: inverseDiagonal }, { buffer: z });
  }

  private quotient(plan: Plan, numerator: number, denominator: number, component: number, factor: number): void {
    const sizes = parameters([numerator, denominator, component], [factor]);
    plan.dispatch(quotientKernel, [sizes, this.reducer.results, this.coefficients], [1, 1, 1]);
  }
}
