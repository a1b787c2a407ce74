import type { Awaitable, BackendAcceleration, Workspace } from "../backends/backend.ts";
import { AndersonAcceleration } from "./anderson.ts";
import { HalpernIteration } from "./halpern.ts";
import type { SplittingSettings } from "./splitting-settings.ts";

/** What an acceleration may do in the loop of splitting.ts, in the order of the calls. */
export interface Acceleration {
  readonly accepted: number;
  readonly rejected: number;
  /** Before the step: may replace v. */
  extrapolate(iteration: number): Awaitable<void>;
  /** After the step: whether the penalty may change now. */
  permitsPenaltyChange(iteration: number): Awaitable<boolean>;
  /** The penalty has changed: what was remembered is of another map. */
  reset(): void;
  /** The relaxed step on v, and what guards it. */
  advance(): Awaitable<void>;
}

export function createAcceleration(workspace: Workspace, settings: SplittingSettings): Acceleration {
  const { acceleration, relaxation } = settings;
  if (acceleration === "halpern") return halpern(workspace);
  const lookback = Math.min(settings.lookback, workspace.rows + workspace.cols + 1);
  const leastColumns = Math.min(settings.leastColumns, lookback);
  if (acceleration === "none" || lookback === 0) {
    return {
      accepted: 0,
      rejected: 0,
      extrapolate: () => undefined,
      permitsPenaltyChange: () => true,
      reset: () => undefined,
      advance: () => workspace.relaxStep(relaxation),
    };
  }
  if (workspace.acceleration) return onBackend(workspace, workspace.acceleration, relaxation);
  const history = workspace.history(lookback, settings.andersonType);
  const anderson = new AndersonAcceleration(history, { ...settings, lookback, leastColumns });
  return {
    get accepted() {
      return anderson.accepted;
    },
    get rejected() {
      return anderson.rejected;
    },
    extrapolate: (iteration) => anderson.extrapolate(iteration),
    permitsPenaltyChange: () => true,
    reset: () => anderson.reset(),
    advance: () => {
      workspace.relaxStep(relaxation);
      return anderson.safeguard();
    },
  };
}

function onBackend(workspace: Workspace, own: BackendAcceleration, relaxation: number): Acceleration {
  return {
    get accepted() {
      return own.accepted;
    },
    get rejected() {
      return own.rejected;
    },
    extrapolate: (iteration) => own.extrapolate(iteration),
    permitsPenaltyChange: () => true,
    reset: () => own.reset(),
    advance: () => {
      workspace.relaxStep(relaxation);
      own.safeguard();
    },
  };
}

/** Halpern's reflection replaces the over-relaxation (α = 2); the penalty changes only between rounds. */
function halpern(workspace: Workspace): Acceleration {
  const iteration = new HalpernIteration(workspace, 2);
  let restart = false;
  return {
    accepted: 0,
    rejected: 0,
    extrapolate: () => undefined,
    permitsPenaltyChange: async (k) => (restart = await iteration.wantsRestart(k)),
    reset: () => undefined,
    advance: () => iteration.advance(restart),
  };
}
