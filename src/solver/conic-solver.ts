import { createConeSet } from "../backends/cpu/create-cone-set.ts";
import { loadDenseKernels } from "../backends/cpu/kernels/load.ts";
import { UnsupportedError } from "../errors.ts";
import type { ConicProblem } from "../problem/conic-problem.ts";
import type { ValidatedProblem } from "../problem/validate.ts";
import { validateProblem } from "../problem/validate.ts";
import { CertificateVerifier } from "./certificate.ts";
import { SolveClock } from "./clock.ts";
import { PointMeasurer } from "./measures.ts";
import type { Result } from "./result.ts";
import { completeSettings } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { DeviceSessions } from "./device-session.ts";
import { SolveRun } from "./solve-run.ts";
import { requireWarmStart } from "./warm-start.ts";
import { WorkspaceCache } from "./workspace-cache.ts";

/**
 * A problem that is solved more than once: with other settings, other b and c, from other points. What depends on A,
 * P and the cones alone (equilibration, ordering, the splitting's factorisation) is done once.
 */
export class ConicSolver {
  readonly #workspaces = new WorkspaceCache();
  readonly #devices = new DeviceSessions();
  #problem: ValidatedProblem;
  #settings: Partial<Settings>;
  #busy = false;

  /**
   * @throws ProblemError when the problem is malformed.
   * @throws SettingsError for settings that do not exist or are out of range.
   */
  constructor(problem: ConicProblem, settings: Partial<Settings> = {}) {
    completeSettings(settings);
    this.#problem = validateProblem(problem);
    this.#settings = settings;
  }

  /** The problem as it stands, P brought to its upper triangle. */
  get problem(): ConicProblem {
    return this.#problem;
  }

  /**
   * New right-hand side b (length m) and/or cost c (length n) for the solves to come. They are copied.
   * @throws ProblemError when a length does not fit or a number is not finite; nothing is changed then.
   */
  update({ b = this.#problem.b, c = this.#problem.c }: { readonly b?: Float64Array; readonly c?: Float64Array }): void {
    this.#problem = validateProblem({ ...this.#problem, b: b.slice(), c: c.slice() });
  }

  /** Frees the GPU and ends threads, if any were used; in Node the process can then end. It may be used again. */
  dispose(): void {
    this.#workspaces.dispose();
    this.#devices.close();
  }

  /**
   * Solves with the constructor's settings and those given here on top. They stay for later solves, except that
   * `warmStart`, `signal` and `onIteration` hold for this one. One solve at a time.
   *
   * @throws SettingsError, WarmStartError, UnsupportedError for what cannot be done as asked.
   */
  async solve(given: Partial<Settings> = {}): Promise<Result> {
    const settings = completeSettings({ ...this.#settings, ...given });
    if (this.#busy) throw new UnsupportedError("this solver is still at work; await its last solve() or make another");
    const { b, c } = this.#problem;
    if (settings.warmStart) requireWarmStart(settings.warmStart, { rows: b.length, cols: c.length });
    const { warmStart, signal, onIteration } = this.#settings;
    this.#settings = { ...this.#settings, ...given, warmStart, signal, onIteration };
    this.#busy = true;
    try {
      const clock = new SolveClock(settings.timeLimit, settings.signal);
      const kernels = await loadDenseKernels(settings.kernels, settings.threads);
      const problem = this.#problem;
      return await new SolveRun(
        {
          problem,
          settings,
          kernels,
          clock,
          measurer: new PointMeasurer(problem),
          verifier: new CertificateVerifier(problem, createConeSet(problem.cones, kernels)),
        },
        this.#workspaces,
        this.#devices,
      ).run();
    } finally {
      this.#busy = false;
    }
  }
}
