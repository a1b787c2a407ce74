import { SettingsError } from "../errors.ts";
import { evaluateNetwork } from "../networks/network.ts";
import type { Network } from "../networks/network.ts";
import { CutLoop } from "./cut-loop.ts";
import type { CutKind, CutLoopLimits, Round } from "./cut-loop.ts";
import { exactMinimum } from "./exact.ts";
import { intervalBounds } from "./interval.ts";
import type { LayerBounds } from "./interval.ts";
import { liftedBound } from "./lifted-bound.ts";
import { localSearch } from "./local-search.ts";
import { conicEngine } from "./lp/conic-engine.ts";
import { highsEngine } from "./lp/highs-engine.ts";
import type { LpEngine } from "./lp/linear-program.ts";
import { safeLowerBound } from "./lp/safe-bound.ts";
import { networkLp } from "./network-lp.ts";
import type { NetworkLp } from "./network-lp.ts";
import { columnLayers, linearObjective } from "./network-objective.ts";
import type { LinearObjective } from "./network-objective.ts";
import { requireQuery } from "./query.ts";
import type { InputSet, Objective } from "./query.ts";
import { tightenBounds } from "./tighten.ts";

/** Interval arithmetic; an LP over the hulls of the activations; an LP over the hulls of whole neurons. */
export type BoundMethod = "interval" | "univariate" | "neuron";

export interface BoundOptions {
  /** Default `neuron`. Each method begins with those before it and is never worse. */
  readonly method: BoundMethod;
  /** Bounds neurons layer by layer with LPs first: with univariate hulls, or as `method` says. Default false. */
  readonly tighten: boolean | CutKind;
  /** `highs` (exact, default), `splitting` (this package's solver), or an engine of one's own. */
  readonly engine: "highs" | "splitting" | LpEngine;
  /** LPs at most per objective and kind of cut. Default 50. */
  readonly rounds: number;
  /** Least violation of a cut, relative to the neuron's range. Default 1e-6. */
  readonly violation: number;
  /** Seconds for everything, tightening included; what is found by then is reported. 0 = no limit. Default 0. */
  readonly timeLimit: number;
  /** Seconds to spend per objective on the true optimum by mixed-integer programming ((leaky) ReLU only). Default 0. */
  readonly exact: number;
  /**
   * Adds the PSD-lifted bound to each objective (relu networks; see {@link liftedBound}): often the best where at most
   * some dozens of neurons are unstable, slow beyond. Default false.
   */
  readonly lifted: boolean;
  /** Starts of the local search on the true network, besides the relaxation's point. Default 6. */
  readonly starts: number;
  readonly signal?: AbortSignal | undefined;
}

export const defaultBoundOptions: BoundOptions = {
  method: "neuron",
  tighten: false,
  engine: "highs",
  rounds: 50,
  violation: 1e-6,
  timeLimit: 0,
  exact: 0,
  lifted: false,
  starts: 6,
};

/** What one method gave on the way to the result. */
export interface BoundStage {
  readonly method: BoundMethod | "lifted";
  /** The certified side after this method. */
  readonly bound: number;
  readonly rounds: number;
  readonly cuts: number;
  readonly seconds: number;
}

/** lower ≤ optimum ≤ upper for one objective. */
export interface BoundResult {
  readonly objective: Objective;
  readonly method: BoundMethod;
  /** For `min` the certified bound, for `max` the best value found. */
  readonly lower: number;
  /** For `max` the certified bound, for `min` the best value found. */
  readonly upper: number;
  /** The bound was computed so that rounding errors and inexact LP solutions cannot make it wrong. */
  readonly certified: boolean;
  /** LPs solved for this objective. */
  readonly rounds: number;
  /** Cuts in the last LP. */
  readonly cuts: number;
  readonly seconds: number;
  /** The best input found, by local search on the network itself. */
  readonly point: Float64Array;
  /** The network's output there. */
  readonly output: Float64Array;
  /** The objective of the network re-evaluated at `point`. */
  readonly networkValue: number;
  /** Where the relaxation has its optimum, and the true network's objective there. */
  readonly relaxation?: { readonly point: Float64Array; readonly networkValue: number };
  readonly stages: readonly BoundStage[];
  readonly history: readonly Round[];
  /** The true optimum, when asked for. */
  readonly exact?: { readonly value: number | undefined; readonly bound: number; readonly proved: boolean };
  /** Only for objectives with a threshold. */
  readonly verdict?: "holds" | "violated" | "unknown";
}

export interface BoundReport {
  readonly results: readonly BoundResult[];
  /** Bounds of all neurons, tightened if asked. */
  readonly bounds: readonly LayerBounds[];
  /** Neurons that bend on their range. */
  readonly unstable: number;
  readonly tightening: { readonly lps: number; readonly seconds: number };
  readonly engine: string;
}

/**
 * Bounds objectives over a trained network on a box of inputs, with linear constraints if given.
 *
 * @throws ProblemError for input that does not fit or is empty, and for neurons that cannot be convexified;
 *   SettingsError for options; UnsupportedError where HiGHS is not installed
 */
export async function boundNetwork(
  network: Network,
  input: InputSet,
  objectives: readonly Objective[],
  given: Partial<BoundOptions> = {},
): Promise<BoundReport> {
  const options = completeOptions(given);
  requireQuery(network, input, objectives);
  const deadline = options.timeLimit > 0 ? performance.now() + 1000 * options.timeLimit : Infinity;
  const limits: CutLoopLimits = {
    rounds: options.rounds,
    violation: options.violation,
    improvement: 1e-7,
    deadline,
    signal: options.signal,
  };
  const engine = engineOf(options.engine);
  const began = performance.now();
  let bounds: readonly LayerBounds[] = intervalBounds(network, input.box);
  let lps = 0;
  if (options.tighten !== false) {
    const own = options.method === "neuron" ? "neuron" : "univariate";
    const kind = options.tighten === true ? own : options.tighten;
    ({ bounds, lps } = await tightenBounds(network, input, engine, kind, { ...limits, rounds: Math.min(6, limits.rounds) }));
  }
  const tightenSeconds = (performance.now() - began) / 1000;
  const count = columnLayers(network);
  const layers = network.layers.slice(0, count);
  const withLp = options.method !== "interval" || options.exact > 0;
  const lp = withLp ? networkLp(layers, input.box, input.constraints ?? [], bounds) : boxOnly(input, bounds, count);
  const loop = options.method === "interval" ? undefined : await CutLoop.open(engine, lp);
  try {
    const results: BoundResult[] = [];
    for (const objective of objectives) {
      const linear = linearObjective(network, lp, input.box, bounds, objective);
      results.push(await new ObjectiveBound(network, input, objective, linear, lp, bounds, options, engine).run(loop, limits));
    }
    const unstable = lp.bent.length;
    return { results, bounds, unstable, tightening: { lps, seconds: tightenSeconds }, engine: engine.name };
  } finally {
    loop?.close();
  }
}

/** Columns of the last layer alone, for interval arithmetic. */
function boxOnly({ box }: InputSet, bounds: readonly LayerBounds[], count: number): NetworkLp {
  return { columns: count === 0 ? box : bounds[count - 1].post, rows: [], bent: [], outputs: new Array<number>(count).fill(0) };
}

class ObjectiveBound {
  private readonly network: Network;
  private readonly input: InputSet;
  private readonly objective: Objective;
  private readonly linear: LinearObjective;
  private readonly lp: NetworkLp;
  private readonly bounds: readonly LayerBounds[];
  private readonly options: BoundOptions;
  private readonly engine: LpEngine;

  constructor(
    network: Network,
    input: InputSet,
    objective: Objective,
    linear: LinearObjective,
    lp: NetworkLp,
    bounds: readonly LayerBounds[],
    options: BoundOptions,
    engine: LpEngine,
  ) {
    this.network = network;
    this.input = input;
    this.objective = objective;
    this.linear = linear;
    this.lp = lp;
    this.bounds = bounds;
    this.options = options;
    this.engine = engine;
  }

  async run(loop: CutLoop | undefined, limits: CutLoopLimits): Promise<BoundResult> {
    const { network, objective, linear, lp, options } = this;
    const began = performance.now();
    const sign = objective.sense === "min" ? 1 : -1;
    const toBound = (value: number): number => value + linear.constant - linear.error;
    let least = toBound(safeLowerBound(lp.columns, [], linear.cost, new Float64Array(0)));
    const stages: BoundStage[] = [
      { method: "interval", bound: sign * least, rounds: 0, cuts: 0, seconds: (performance.now() - began) / 1000 },
    ];
    const history: Round[] = [];
    let relaxed: Float64Array | undefined;
    const kinds: CutKind[] = options.method === "neuron" ? ["univariate", "neuron"] : ["univariate"];
    for (const kind of loop === undefined ? [] : kinds) {
      const start = performance.now();
      const { bound, x, rounds } = await (loop as CutLoop).run(linear.cost, kind, limits);
      least = Math.max(least, toBound(bound));
      if (x) relaxed = x.subarray(0, network.inputSize).slice();
      for (const round of rounds) {
        const before = history.length === 0 ? -Infinity : sign * history[history.length - 1].bound;
        history.push({ ...round, bound: sign * Math.max(before, toBound(round.bound)) });
      }
      stages.push({
        method: kind,
        bound: sign * least,
        rounds: rounds.length,
        cuts: rounds.at(-1)?.cuts ?? 0,
        seconds: (performance.now() - start) / 1000,
      });
    }
    if (options.lifted) {
      const { bound, seconds } = await liftedBound(network, this.input, this.bounds, objective, { signal: options.signal });
      least = Math.max(least, sign * bound);
      stages.push({ method: "lifted", bound: sign * least, rounds: 0, cuts: 0, seconds });
    }
    const found = await this.search(relaxed);
    const exact =
      options.exact > 0 ? await exactMinimum(network, lp, this.bounds, linear, options.exact) : undefined;
    const better = exact?.x !== undefined && exact.value !== undefined && exact.value < found.value ? exact.x : found.x;
    const output = evaluateNetwork(network, better);
    const value = linear.evaluate(output);
    return {
      objective,
      method: options.method,
      lower: sign > 0 ? least : -value,
      upper: sign > 0 ? value : -least,
      certified: Number.isFinite(least),
      rounds: history.length,
      cuts: history.at(-1)?.cuts ?? 0,
      seconds: (performance.now() - began) / 1000,
      point: better,
      output,
      networkValue: sign * value,
      ...(relaxed && {
        relaxation: { point: relaxed, networkValue: sign * linear.evaluate(evaluateNetwork(network, relaxed)) },
      }),
      stages,
      history,
      ...(exact && {
        exact: {
          value: exact.value === undefined ? undefined : sign * exact.value,
          bound: sign * exact.bound,
          proved: exact.proved,
        },
      }),
      ...(objective.threshold !== undefined && { verdict: verdict(sign * objective.threshold, least, value) }),
    };
  }

  private search(relaxed: Float64Array | undefined): Promise<{ readonly x: Float64Array; readonly value: number }> {
    const { network, input, objective, options, engine } = this;
    const { lower, upper } = input.box;
    const starts = relaxed ? [relaxed] : [];
    // The centre, then a Kronecker sequence over the box.
    for (let k = 0; k < Math.max(options.starts, relaxed ? 0 : 1); k++) {
      starts.push(lower.map((l, j) => l + (upper[j] - l) * ((0.5 + k * fraction((j + 1) * GOLDEN)) % 1)));
    }
    const signed = objective.coefficients.map((c) => (objective.sense === "min" ? c : -c));
    return localSearch(network, signed, input, starts, engine).then(({ x }) => ({
      x,
      value: this.linear.evaluate(evaluateNetwork(network, x)),
    }));
  }
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
const fraction = (v: number): number => v - Math.floor(v);

/** @param target, least, found of the minimised form */
function verdict(target: number, least: number, found: number): "holds" | "violated" | "unknown" {
  if (least >= target) return "holds";
  return found < target ? "violated" : "unknown";
}

function engineOf(engine: BoundOptions["engine"]): LpEngine {
  if (engine === "highs") return highsEngine;
  return engine === "splitting" ? conicEngine() : engine;
}

function completeOptions(given: Partial<BoundOptions>): BoundOptions {
  for (const name of Object.keys(given)) {
    if (!(name in defaultBoundOptions) && name !== "signal") {
      const known = Object.keys(defaultBoundOptions).join(", ");
      throw new SettingsError(`unknown option "${name}"; known are ${known}, signal`, { field: name });
    }
  }
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options: BoundOptions = { ...defaultBoundOptions, ...defined };
  if (!["interval", "univariate", "neuron"].includes(options.method)) {
    throw new SettingsError(`method must be interval, univariate or neuron, but is ${String(options.method)}`, { field: "method" });
  }
  for (const name of ["rounds", "violation", "timeLimit", "exact", "starts"] as const) {
    if (!(options[name] >= 0)) throw new SettingsError(`${name} must be at least 0, but is ${options[name]}`, { field: name });
  }
  return options;
}
