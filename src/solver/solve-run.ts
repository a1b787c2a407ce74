import type { Embedding, Workspace } from "../backends/backend.ts";
import { missingThreads } from "../backends/cpu/kernels/load.ts";
import { certifiedLowerBound, certifiedUpperBound } from "./certified-bounds.ts";
import { devicePhase } from "./device-phase.ts";
import { missingGpu } from "./device-session.ts";
import type { DeviceSessions } from "./device-session.ts";
import { SettingsError } from "../errors.ts";
import { interiorIsPossible, paysOnDevice, planHandover } from "./handover.ts";
import type { Handover } from "./handover.ts";
import { interiorPhase } from "./interior-phase.ts";
import { measurePoint } from "./phase.ts";
import type { MeasuredPoint, PhaseEnd, PhaseOutcome, SolveContext } from "./phase.ts";
import type { Certificate, KernelTime, Result, Status } from "./result.ts";
import { splittingPhase } from "./splitting-phase.ts";
import { splittingSettings } from "./splitting-settings.ts";
import type { SplittingStart } from "./splitting.ts";
import { newStatistics } from "./statistics.ts";
import { inaccurateFactor, inaccurateLimit, referenceFactor } from "./termination.ts";
import { webGlIsHere, webGlPhase } from "./webgl-phase.ts";
import type { WorkspaceCache } from "./workspace-cache.ts";

/** Splitting iterations granted to improve on an interior phase that stalled. */
const RESCUE_ITERATIONS = 2000;

/** Ends of a splitting that leave the problem to another phase. */
const CPU_GOES_ON: readonly PhaseEnd[] = ["exhausted", "diverging", "nonFinite"];

/** One solve: the phases in their order, and the Result made of what they leave. */
export class SolveRun {
  readonly #context: SolveContext;
  readonly #statistics = newStatistics();
  readonly #notes: string[] = [];
  readonly #workspaces: WorkspaceCache;
  readonly #devices: DeviceSessions;
  #plan: Handover | undefined;
  #device: Pick<Result, "backend" | "adapter"> | undefined;
  #refinedOnDevice = false;
  #profile: readonly KernelTime[] = [];
  #workspace: Workspace | undefined;
  #best: MeasuredPoint | undefined;

  constructor(context: SolveContext, workspaces: WorkspaceCache, devices: DeviceSessions) {
    this.#context = context;
    this.#workspaces = workspaces;
    this.#devices = devices;
  }

  async run(): Promise<Result> {
    const { settings } = this.#context;
    await this.#tellThreads();
    const onDevice = await this.#wantsDevice();
    const outcome = await (onDevice
      ? this.#deviceFirst(onDevice)
      : settings.method === "auto"
      ? this.#automatic()
      : settings.method === "interior"
        ? this.#interior()
        : this.#firstOrder(settings.maxIterations));
    return this.#result(outcome);
  }

  async #tellThreads(): Promise<void> {
    const { settings, kernels } = this.#context;
    const { threads = 1 } = kernels;
    if (threads > 1) this.#notes.push(`dense kernels on ${threads} threads`);
    else if (settings.threads !== undefined && settings.threads > 1) {
      const reason = (await missingThreads(settings.threads)) ?? `${kernels.name} kernels have none`;
      this.#notes.push(`dense kernels on one thread: ${reason}`);
    }
  }

  /** Planned once: it orders and analyses the interior phase's linear system. */
  get #handover(): Handover {
    return (this.#plan ??= planHandover(this.#context.problem));
  }

  /** The device that the splitting goes to, if any. */
  async #wantsDevice(): Promise<"webgpu" | "webgl" | undefined> {
    const { settings, problem } = this.#context;
    if (settings.backend === "cpu" || settings.method === "interior" || settings.method === "reference") {
      if (settings.backend === "webgpu" || settings.backend === "webgl") {
        const { method, backend } = settings;
        throw new SettingsError(`method "${method}" runs on the CPU only; leave backend "${backend}" out`, {
          field: "backend",
        });
      }
      return undefined;
    }
    if (settings.backend !== "auto") return settings.backend;
    if (!paysOnDevice(problem) || (settings.method === "auto" && this.#handover.splittingIterations === 0)) {
      return undefined;
    }
    const missing = await missingGpu(settings.adapter);
    if (missing === undefined) return "webgpu";
    if (await webGlIsHere()) return "webgl";
    this.#notes.push(`large enough for a GPU, but ${missing}: solved on the CPU`);
    return undefined;
  }

  /** The splitting on a device; what f32 leaves is finished on the CPU when the settings want it. */
  async #deviceFirst(where: "webgpu" | "webgl"): Promise<PhaseOutcome> {
    const { settings } = this.#context;
    const start = settings.warmStart ?? "cold";
    const splitting = { ...splittingSettings({ embedding: "frozen" }), maxIterations: Math.max(1, settings.maxIterations) };
    const device = await (where === "webgl"
      ? webGlPhase(this.#context, splitting, start, this.#statistics, this.#notes)
      : devicePhase(this.#context, this.#devices, splitting, start, this.#statistics, this.#notes));
    if (device.done) {
      this.#device = { backend: where, adapter: device.adapter };
      this.#profile = device.profile;
      this.#refinedOnDevice = device.refined;
      this.#keepBest(device.outcome.point);
      const { end } = device.outcome;
      const unfinished = settings.precision === "f32" ? end === "diverging" : CPU_GOES_ON.includes(end);
      if (!unfinished) return device.outcome;
      this.#notes.push(
        end === "diverging"
          ? "diverging on the device; the certificate is sought in f64 on the CPU"
          : `${device.refined ? "" : "f32 on "}the device ended at an error of ${device.outcome.point.error.toExponential(1)}`,
      );
    } else if (where === "webgl") {
      this.#notes.push(`${device.reason}: solved on the CPU`);
      return settings.method === "auto" ? this.#automatic() : this.#firstOrder(settings.maxIterations);
    } else this.#notes.push(`${device.reason}: finished on the CPU`);
    const left = settings.maxIterations - this.#statistics.counters.splittingIterations;
    const diverging = device.done && device.outcome.end === "diverging";
    if (settings.method === "auto" && settings.precision === "auto" && interiorIsPossible(this.#context.problem)) {
      this.#notes.push("handed over to the interior phase on the CPU");
      return this.#interior();
    }
    if (left <= 0 && device.done) return device.outcome;
    if (diverging) return this.#split("cold", Math.max(1, left), false, "homogeneous");
    const point = device.done ? this.#best : device.point;
    return this.#split(point ?? "cold", Math.max(1, left));
  }

  /** The splitting, the interior phase when its turn comes, and the splitting again from a point that stalled. */
  async #automatic(): Promise<PhaseOutcome> {
    const { settings } = this.#context;
    const handover = this.#handover;
    let left = settings.maxIterations;
    const first = Math.min(left, handover.splittingIterations);
    let outcome: PhaseOutcome | undefined;
    if (first > 0) {
      outcome = await this.#firstOrder(first, handover.splittingIterations < Infinity);
      left -= first;
      if (!CPU_GOES_ON.includes(outcome.end)) return outcome;
      if (handover.splittingIterations === Infinity) return outcome;
      this.#notes.push(`handed over to the interior phase: ${handover.reason}`);
    }
    outcome = await this.#interior();
    if (outcome.end !== "exhausted" || left === 0) return outcome;
    const rescue = Math.min(left, RESCUE_ITERATIONS);
    const again = await this.#split(this.#best ?? "cold", rescue);
    if (again.end === "nonFinite") return outcome;
    this.#notes.push(`the interior phase stalled; ${again.end === "solved" ? "finished" : "tried"} by the splitting`);
    return again;
  }

  /** The splitting with τ frozen, and from the start with the homogeneous embedding when that diverges. */
  async #firstOrder(maxIterations: number, mayGiveUp = false): Promise<PhaseOutcome> {
    const { settings } = this.#context;
    const start = settings.warmStart ?? "cold";
    if (settings.method === "reference") return this.#split(start, maxIterations, mayGiveUp, "homogeneous");
    const outcome = await this.#split(start, maxIterations, mayGiveUp);
    const left = maxIterations - this.#statistics.counters.splittingIterations;
    if (outcome.end !== "diverging" || left <= 0) return outcome;
    this.#notes.push("the splitting diverged; taken up by the homogeneous embedding");
    return this.#split("cold", left, mayGiveUp, "homogeneous");
  }

  async #interior(): Promise<PhaseOutcome> {
    const outcome = await interiorPhase(this.#context, this.#statistics);
    this.#keepBest(outcome.point);
    return outcome;
  }

  async #split(
    start: SplittingStart,
    maxIterations: number,
    mayGiveUp = false,
    embedding: Embedding = "frozen",
  ): Promise<PhaseOutcome> {
    const { problem, settings, kernels, clock } = this.#context;
    if (maxIterations === 0) {
      const zero = {
        x: new Float64Array(problem.c.length),
        y: new Float64Array(problem.b.length),
        s: new Float64Array(problem.b.length),
      };
      const point = measurePoint(this.#context, start === "cold" || start === "resume" ? zero : start);
      this.#keepBest(point);
      return { end: point.error <= settings.eps ? "solved" : "exhausted", point };
    }
    const splitting = splittingSettings({ embedding });
    const began = clock.seconds;
    this.#workspace = this.#workspaces.get(problem, splitting, settings.linearSolver, kernels);
    this.#statistics.seconds.setup += clock.seconds - began;
    const outcome = await splittingPhase(
      this.#context,
      this.#workspace,
      { ...splitting, maxIterations },
      start,
      this.#statistics,
      mayGiveUp,
    );
    this.#keepBest(outcome.point);
    return outcome;
  }

  #keepBest(point: MeasuredPoint): void {
    if (!Number.isFinite(point.error)) return;
    if (!this.#best || point.error < this.#best.error) this.#best = point;
  }

  #result(outcome: PhaseOutcome): Result {
    const { settings, clock, problem, kernels } = this.#context;
    const { seconds, counters } = this.#statistics;
    // A stopped solve returns where it stands if that is no worse; otherwise the best point of all phases.
    const point = this.#best ?? outcome.point;
    const status = this.#status(outcome, point);
    const notes = this.#notes;
    let lowerBound: number | undefined;
    let upperBound: number | undefined;
    if (!outcome.certificate && settings.traceBound !== undefined) {
      const bound = certifiedLowerBound(problem, point, settings.traceBound, kernels);
      lowerBound = bound.value;
      if (bound.value === undefined) notes.push(`no certified lower bound: ${bound.reason}`);
    }
    if (!outcome.certificate && settings.dualTraceBound !== undefined) {
      const bound = certifiedUpperBound(problem, point, settings.dualTraceBound, kernels);
      upperBound = bound.value;
      if (bound.value === undefined) notes.push(`no certified upper bound: ${bound.reason}`);
    }
    seconds.total = clock.seconds;
    const { x, y, s, measures } = withCertificate(point, outcome.certificate);
    return {
      status,
      iterations: counters.splittingIterations + counters.interiorIterations,
      x,
      y,
      s,
      measures,
      ...(outcome.certificate && { certificate: outcome.certificate }),
      ...(lowerBound !== undefined && { lowerBound }),
      ...(upperBound !== undefined && { upperBound }),
      notes,
      seconds,
      counters,
      ...(this.#profile.length > 0 && { profile: this.#profile }),
      ...this.#where(kernels.name),
    };
  }

  /** Backend, adapter and precision: of the device when one was used, with what followed on the CPU. */
  #where(kernels: string): Pick<Result, "backend" | "adapter" | "precision"> {
    const onCpu = this.#workspace ?? { backend: "cpu", adapter: kernels, precision: "f64" };
    const { backend, adapter, precision } = onCpu;
    if (this.#device === undefined) return { backend, adapter, precision };
    const finished = this.#workspace !== undefined || this.#statistics.counters.interiorIterations > 0;
    const onDevice = this.#refinedOnDevice ? "f32, refined on the device" : "f32";
    return {
      ...this.#device,
      precision: finished ? `${onDevice}, then f64 on the CPU` : onDevice,
    };
  }

  #status({ end, certificate }: PhaseOutcome, point: MeasuredPoint): Status {
    const { eps } = this.#context.settings;
    if (certificate) return certificate.kind;
    if (point.error <= eps) return "solved";
    if (end === "referenceTest" && point.error <= referenceFactor * eps) return "solved";
    if (end === "interrupted" || end === "timeLimit") return end;
    if (end === "nonFinite" && !Number.isFinite(point.error)) return "numericalFailure";
    if (point.error <= Math.max(eps, Math.min(inaccurateFactor * eps, inaccurateLimit))) return "solvedInaccurate";
    // The reference method ended by its own test, which asks for less than ours.
    if (end === "referenceTest" && point.error <= inaccurateLimit) return "solvedInaccurate";
    return this.#context.settings.method === "interior" ? "numericalFailure" : "iterationLimit";
  }
}

/** With a certificate, its vectors stand for the point. */
function withCertificate(point: MeasuredPoint, certificate: Certificate | undefined): MeasuredPoint {
  if (!certificate) return point;
  return certificate.kind === "primalInfeasible"
    ? { ...point, y: certificate.y }
    : { ...point, x: certificate.x, s: certificate.s };
}
