import { ApartSolver } from "../lp/apart/apart-solver.ts";
import { cellSolver, fixingDive, searchCells } from "./cell-search.ts";
import type { CellSolver } from "./cell-search.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { createEngine, createExactEngine } from "./engines/choose.ts";
import type { EngineLimits, NodeAnswer, RelaxationEngine } from "./engines/engine.ts";
import { Incumbents } from "./incumbent.ts";
import type { FoundNetwork } from "./incumbent.ts";
import type { ConjugateMinimum, PieceRanges } from "./node-relaxation.ts";
import { activationBound, conjugateMinimum, rootRanges, safeBound } from "./node-relaxation.ts";
import { fixPieces } from "./piece-fixing.ts";
import { evaluatePiecewise } from "./piecewise-linear.ts";
import { seededUniform } from "./random.ts";
import type { SearchProgress, SearchSettings } from "./settings.ts";
import { completeSearchSettings } from "./settings.ts";
import { chooseStrongly } from "./strong-branching.ts";
import type { BranchingTrial } from "./strong-branching.ts";
import type { TrainingProblem } from "./training-problem.ts";
import { preActivations } from "./training-problem.ts";
import { branchingPoints, childChanges, OpenNodes, rangesOf, withChanges } from "./tree.ts";
import type { BranchingPoint, PieceChange, TreeNode } from "./tree.ts";

export type SearchStatus = "optimal" | "timeLimit" | "nodeLimit" | "interrupted";

export interface SearchResult {
  readonly status: SearchStatus;
  /** Loss of the root relaxation's point: what Köksal, Aydın and Türkay very probably report as training error. */
  readonly rootRelaxation: number;
  /** Safe bound on the optimal loss with f, W₂* and the bounds given. */
  readonly lowerBound: number;
  /** The same with σ in place of f, x_ij still in [p₀, p_P]; absent for functions whose slope cannot be inverted. */
  readonly activationLowerBound?: number;
  /** Least loss with f and W₂*. */
  readonly best: FoundNetwork;
  /** Least training MSE with σ. */
  readonly network: FoundNetwork;
  /** (loss of best − lowerBound)/loss of best. */
  readonly gap: number;
  readonly nodes: number;
  readonly open: number;
  /** All runs of a resumed search together. */
  readonly seconds: number;
  readonly engine: RelaxationEngine["name"];
  /** One entry whenever the search reported. */
  readonly log: readonly SearchProgress[];
}

/**
 * Branch-and-bound on the pieces of every (sample, neuron): best-first with dives, bounds from node relaxations made safe
 * by their multipliers, incumbents from every node's weights. Loss, f and W₂* are those of the problem. Anytime: the
 * incumbent never gets worse and the bound never falls. Deterministic but for what time limits cut off.
 *
 * @throws SettingsError for settings out of range; FormatError and ProblemError for a resume text that does not fit;
 * UnsupportedError when an engine asked for by name is missing
 */
export async function trainBySearch(
  problem: TrainingProblem,
  given: Partial<SearchSettings> = {},
): Promise<SearchResult> {
  const settings = completeSearchSettings(given);
  const resumed = settings.resume === undefined ? undefined : readCheckpoint(problem, settings.resume);
  const engine = await createEngine(problem, settings.engine, settings);
  const exact = engine.name === "batch" || engine.name === "gpu" ? await createExactEngine(problem) : engine;
  const search = new Search(problem, settings, engine, exact);
  try {
    if (resumed !== undefined) search.restore(resumed);
    return await search.run();
  } finally {
    search.dispose();
    engine.dispose();
    if (exact !== engine) exact.dispose();
  }
}

/** Seconds between log entries and progress reports. */
const REPORT_INTERVAL = 1;
/** Steps of a cell search, rounds of a fixing dive. */
const CELL_STEPS = 15;
const DIVE_ROUNDS = 8;
/** Rounds between restarts of the cell search from a perturbed incumbent; sizes of the perturbations, in turn. */
const RESTART_INTERVAL = 10;
const PERTURBATIONS = [0.02, 0.05, 0.1, 0.2];

interface Dive {
  readonly node: TreeNode;
  readonly left: number;
}

class Search {
  private readonly problem: TrainingProblem;
  private readonly settings: SearchSettings;
  private readonly engine: RelaxationEngine;
  private readonly exact: RelaxationEngine;
  private readonly highs = new ApartSolver();
  private readonly solveCell: CellSolver;
  private readonly incumbents: Incumbents;
  private readonly conjugate: ConjugateMinimum | undefined;
  private readonly open = new OpenNodes();
  private dives: Dive[] = [];
  private readonly log: SearchProgress[] = [];
  private readonly start = performance.now();
  private nodes = 0;
  private nextId = 0;
  private earlierSeconds = 0;
  private closedBound = Infinity;
  private closedActivation = Infinity;
  private rootRelaxation = NaN;
  private lastReport = -Infinity;
  private lastCheckpoint = 0;
  /** Value of the incumbent in the last checkpoint. */
  private keptValue = Infinity;
  private resumed = false;
  /** Value of `best` when its cell was last searched. */
  private searchedValue = Infinity;
  private rounds = 0;
  private restarts = 0;

  constructor(
    problem: TrainingProblem,
    settings: SearchSettings,
    engine: RelaxationEngine,
    exact: RelaxationEngine,
  ) {
    this.problem = problem;
    this.settings = settings;
    this.engine = engine;
    this.exact = exact;
    this.solveCell = cellSolver(problem, exact, this.highs, settings.signal);
    this.incumbents = new Incumbents(problem, settings.refit);
    this.conjugate = conjugateMinimum(problem.activation.name);
  }

  restore(state: ReturnType<typeof readCheckpoint>): void {
    this.nodes = state.nodes;
    this.nextId = state.nextId;
    this.earlierSeconds = state.seconds;
    this.closedBound = state.closedBound;
    this.closedActivation = state.closedActivation;
    this.rootRelaxation = state.rootRelaxation;
    state.open.forEach((node) => this.open.push(node));
    if (state.best !== undefined) this.incumbents.consider(state.best.hidden, "resumed");
    if (state.network !== undefined) this.incumbents.keepNetwork(state.network, "resumed");
    this.searchedValue = this.incumbents.value;
    this.resumed = true;
  }

  async run(): Promise<SearchResult> {
    const { incumbents, settings } = this;
    if (settings.start !== undefined) {
      incumbents.keepNetwork(settings.start, "start");
      incumbents.consider(settings.start.hidden, "start");
    }
    if (!this.resumed) {
      // Zero hidden weights are always at hand: the constant network.
      incumbents.consider(new Float64Array(this.problem.neurons * (this.problem.features + 1)), "constant");
      const root = await this.solveRoot();
      if (settings.heuristics && root.hidden !== undefined) await this.startHeuristics(root.hidden);
    }
    while (!this.finished() && this.status() === undefined) {
      await this.round();
      if (settings.heuristics) {
        await this.searchBestCell();
        if (++this.rounds % RESTART_INTERVAL === 0 && !this.finished()) await this.restart();
      }
      await this.report();
    }
    return this.result();
  }

  dispose(): void {
    this.highs.dispose();
  }

  private elapsed(): number {
    return (performance.now() - this.start) / 1000;
  }

  private remaining(): number {
    const { timeLimit } = this.settings;
    return timeLimit === 0 ? 1e9 : Math.max(0.01, timeLimit - this.elapsed());
  }

  private limits(): EngineLimits {
    return { seconds: this.remaining(), signal: this.settings.signal };
  }

  /** Why the search must stop; `undefined` to go on. */
  private status(): SearchStatus | undefined {
    const { signal, timeLimit, nodeLimit } = this.settings;
    if (signal?.aborted) return "interrupted";
    if (timeLimit > 0 && this.elapsed() >= timeLimit) return "timeLimit";
    return this.nodes >= nodeLimit ? "nodeLimit" : undefined;
  }

  private finished(): boolean {
    return this.lowerBound() >= this.cutoff() || (this.open.size === 0 && this.dives.length === 0);
  }

  /** Nodes with at least this bound need no more work. */
  private cutoff(): number {
    const value = this.incumbents.value;
    return value - Math.max(1e-9, this.settings.gapTolerance * value);
  }

  private lowerBound(): number {
    const diving = this.dives.reduce((least, { node }) => Math.min(least, node.bound), Infinity);
    const least = Math.min(this.open.least, diving, this.closedBound);
    // Everything proved empty but for the incumbent's own rounding: the incumbent is the optimum.
    return Math.min(least, this.incumbents.value);
  }

  private activationLowerBound(): number {
    let least = this.closedActivation;
    for (const node of [...this.open.nodes, ...this.dives.map((dive) => dive.node)]) {
      least = Math.min(least, node.activationBound);
    }
    return Math.max(0, least);
  }

  private async solveRoot(): Promise<NodeAnswer> {
    const ranges = rootRanges(this.problem);
    const [answer] = await this.engine.solve([{ ranges }], this.limits());
    this.rootRelaxation = answer.objective;
    this.nodes++;
    await this.enter(undefined, undefined, ranges, answer);
    await this.report();
    return answer;
  }

  private readonly consider = (hidden: Float64Array, source: string): boolean =>
    this.incumbents.consider(hidden, source);

  private async startHeuristics(rootHidden: Float64Array): Promise<void> {
    const { problem, engine, solveCell } = this;
    // The tree gets at least half of a limited time.
    const { timeLimit } = this.settings;
    const late = (): boolean => timeLimit > 0 && this.elapsed() > timeLimit / 2;
    const stopped = (): boolean => this.status() !== undefined || late();
    const remaining = (): number => this.remaining();
    const cells = { steps: CELL_STEPS, remaining, stopped };
    const best = this.incumbents.best;
    if (best !== undefined && best.source === "start") {
      await searchCells(problem, solveCell, best.parameters.hidden, this.consider, cells);
      await this.report();
    }
    const reached = await fixingDive(problem, engine, rootHidden, this.consider, { ...cells, rounds: DIVE_ROUNDS });
    await searchCells(problem, solveCell, reached, this.consider, cells);
    this.searchedValue = this.incumbents.value;
    await this.report();
  }

  /** A new best network that a node found is worth a look at its cell. */
  private async searchBestCell(): Promise<void> {
    const { best, value } = this.incumbents;
    if (best === undefined || !(value < this.searchedValue * (1 - 1e-3))) return;
    const options = {
      steps: 4,
      remaining: (): number => this.remaining(),
      stopped: (): boolean => this.status() !== undefined,
    };
    await searchCells(this.problem, this.solveCell, best.parameters.hidden, this.consider, options);
    this.searchedValue = this.incumbents.value;
  }

  /** Cell search from near the incumbent: seeded noise on all hidden weights. */
  private async restart(): Promise<void> {
    const { best } = this.incumbents;
    if (best === undefined) return;
    const uniform = seededUniform(++this.restarts);
    const size = PERTURBATIONS[this.restarts % PERTURBATIONS.length];
    const { hidden } = best.parameters;
    const moved = hidden.map((w) => w + size * (2 * uniform() - 1) * (0.1 + Math.abs(w)));
    const options = {
      steps: CELL_STEPS,
      remaining: (): number => this.remaining(),
      stopped: (): boolean => this.status() !== undefined,
    };
    await searchCells(this.problem, this.solveCell, moved, this.consider, options);
    this.searchedValue = this.incumbents.value;
  }

  /** Takes up to half a batch of nodes, solves both halves of each, files the children. */
  private async round(): Promise<void> {
    const pairs = Math.max(1, this.engine.batch >> 1);
    const diving = this.dives.splice(0, pairs > 1 ? pairs >> 1 : 1);
    const picks: Dive[] = diving;
    while (picks.length < pairs) {
      const node = this.open.pop();
      if (node === undefined) break;
      picks.push({ node, left: this.settings.diveDepth });
    }
    const trials: (BranchingTrial & { readonly pick: Dive })[] = [];
    for (const pick of picks) {
      const { node } = pick;
      if (node.bound >= this.cutoff() || node.candidates.length === 0) {
        this.close(node.bound, node.activationBound);
        continue;
      }
      trials.push({ pick, node, ranges: rangesOf(this.problem, node), points: this.pointsOf(node) });
    }
    const points = await this.branchingPoints(trials);
    const split = trials.map(({ pick, ranges }, t) => ({ pick, ranges, changes: childChanges(ranges, points[t]) }));
    const requests = split.flatMap(({ pick, ranges, changes }) =>
      changes.map((change) => ({ ranges: withChanges(ranges, [change]), warm: pick.node.warm })),
    );
    if (requests.length === 0) return;
    const limits: EngineLimits = { cutoff: this.cutoff(), ...this.limits() };
    const answers = await this.engine.solve(requests, limits);
    this.nodes += answers.length;
    for (let s = 0; s < split.length; s++) {
      const { pick, changes } = split[s];
      const children: { readonly node: TreeNode; readonly objective: number }[] = [];
      for (let side = 0; side < 2; side++) {
        const at = 2 * s + side;
        const answer = answers[at];
        const node = await this.enter(pick.node, changes[side], requests[at].ranges, answer, false);
        if (node !== undefined) children.push({ node, objective: answer.objective });
      }
      pick.node.warm = undefined;
      this.goOn(children, pick.left);
    }
  }

  /** The dive continues with the more promising child; the other one waits. */
  private goOn(children: { readonly node: TreeNode; readonly objective: number }[], left: number): void {
    children.sort((a, b) => a.objective - b.objective || a.node.id - b.node.id);
    const [first, second] = children as (typeof children[number] | undefined)[];
    if (second !== undefined) this.open.push(second.node);
    if (first === undefined) return;
    if (left > 0) this.dives.push({ node: first.node, left: left - 1 });
    else this.open.push(first.node);
  }

  private pointsOf({ candidates }: TreeNode): readonly BranchingPoint[] {
    const { branching, strongCandidates } = this.settings;
    return candidates.slice(0, branching === "strong" ? strongCandidates : 1);
  }

  private async branchingPoints(trials: readonly BranchingTrial[]): Promise<BranchingPoint[]> {
    const tried = trials.filter(({ points }) => points.length > 1);
    const chosen = tried.length === 0 ? [] : await chooseStrongly(this.engine, tried, this.limits());
    return trials.map((trial) => (trial.points.length > 1 ? chosen[tried.indexOf(trial)] : trial.points[0]));
  }

  private close(bound: number, activation: number): void {
    this.closedBound = Math.min(this.closedBound, bound);
    this.closedActivation = Math.min(this.closedActivation, activation);
  }

  /** Files a solved relaxation: incumbents, bound, branching points. Undefined when the node is closed. */
  private async enter(
    parent: TreeNode | undefined,
    change: PieceChange | undefined,
    ranges: PieceRanges,
    given: NodeAnswer,
    queue = true,
  ): Promise<TreeNode | undefined> {
    const { problem } = this;
    let answer = given;
    const fixed = ranges.lo.every((lo, ij) => ranges.hi[ij] - lo === 1);
    // What closes a leaf is its own bound: it must not be left loose.
    if (fixed && this.exact !== this.engine && answer.bound < this.cutoff()) {
      [answer] = await this.exact.solve([{ ranges }], this.limits());
    }
    const id = this.nextId++;
    if (answer.bound === Infinity) return undefined;
    // A loss is never negative.
    const bound = Math.max(answer.bound, given.bound, parent?.bound ?? 0);
    const ownActivation = this.activationBoundOf(ranges, answer);
    const activation = Math.max(parent?.activationBound ?? 0, ownActivation);
    let candidates: BranchingPoint[] = [];
    if (answer.hidden !== undefined) {
      this.incumbents.consider(answer.hidden, `node ${id}`);
      const x = preActivations(problem.design, problem.samples, answer.hidden, problem.neurons);
      const graph = x.map((v) => evaluatePiecewise(problem.pwl, v));
      candidates = branchingPoints(problem, ranges, x, answer.g ?? graph, graph);
    } else if (!fixed) {
      // No point came back (a limit): split anywhere.
      const middle = new Float64Array(ranges.lo.length);
      candidates = branchingPoints(problem, ranges, middle, middle, middle);
    }
    if (bound >= this.cutoff() || fixed) {
      this.close(bound, activation);
      return undefined;
    }
    const depth = parent === undefined ? 0 : parent.depth + 1;
    const changes = change === undefined ? [] : [change];
    if (this.settings.fixing && answer.multipliers !== undefined) {
      const own = { bound: safeBound(problem, ranges, answer.multipliers), activation: ownActivation };
      const fixing = fixPieces(problem, ranges, answer.multipliers, own, this.cutoff(), this.conjugate);
      if (fixing.removed.bound < Infinity) {
        this.close(Math.max(bound, fixing.removed.bound), Math.max(activation, fixing.removed.activation));
      }
      if (fixing.empty) return undefined;
      changes.push(...fixing.changes);
      const left = withChanges(ranges, fixing.changes);
      candidates = stillFree(candidates, left);
      if (candidates.length === 0) {
        // Fixing has left one cell.
        const [cell] = await this.exact.solve([{ ranges: left }], this.limits());
        if (cell.hidden !== undefined) this.incumbents.consider(cell.hidden, `node ${id}`);
        this.close(Math.max(bound, cell.bound), Math.max(activation, this.activationBoundOf(left, cell)));
        return undefined;
      }
    }
    const node = { id, parent, changes, depth, bound, activationBound: activation, candidates, warm: answer.warm };
    if (queue) this.open.push(node);
    return node;
  }

  private activationBoundOf(ranges: PieceRanges, { multipliers }: NodeAnswer): number {
    if (this.conjugate === undefined || multipliers === undefined) return 0;
    return activationBound(this.problem, ranges, multipliers, this.conjugate);
  }

  private progress(): SearchProgress {
    const lowerBound = this.lowerBound();
    const incumbent = this.incumbents.value;
    return {
      nodes: this.nodes,
      open: this.open.size + this.dives.length,
      lowerBound,
      incumbent,
      gap: gapOf(incumbent, lowerBound),
      activationMse: this.incumbents.network?.activation.mse ?? Infinity,
      seconds: this.earlierSeconds + this.elapsed(),
    };
  }

  private async report(force = false): Promise<void> {
    const now = this.elapsed();
    if (force || now - this.lastReport >= REPORT_INTERVAL) {
      this.lastReport = now;
      const progress = this.progress();
      this.log.push(progress);
      this.settings.onProgress?.(progress);
    }
    const { onCheckpoint, checkpointInterval } = this.settings;
    const age = now - this.lastCheckpoint;
    // A better network is kept sooner than the growing tree.
    const better = this.incumbents.value < this.keptValue && age >= checkpointInterval / 6;
    if (onCheckpoint !== undefined && (force || better || age >= checkpointInterval)) {
      this.lastCheckpoint = now;
      this.keptValue = this.incumbents.value;
      await onCheckpoint(this.checkpoint());
    }
    // Lets timers and signals through.
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }

  private checkpoint(): string {
    return writeCheckpoint(this.problem, {
      nodes: this.nodes,
      nextId: this.nextId,
      seconds: this.earlierSeconds + this.elapsed(),
      closedBound: this.closedBound,
      closedActivation: this.closedActivation,
      rootRelaxation: this.rootRelaxation,
      best: this.incumbents.best?.parameters,
      network: this.incumbents.network?.parameters,
      open: [...this.open.nodes, ...this.dives.map(({ node }) => node)],
    });
  }

  private async result(): Promise<SearchResult> {
    await this.report(true);
    const { best, network } = this.incumbents;
    if (best === undefined || network === undefined) throw new Error("the search has no incumbent");
    const { lowerBound, gap, nodes, open, seconds } = this.progress();
    const status = this.finished() ? "optimal" : (this.status() ?? "interrupted");
    const activation = this.conjugate === undefined ? {} : { activationLowerBound: this.activationLowerBound() };
    return {
      status,
      rootRelaxation: this.rootRelaxation,
      lowerBound,
      ...activation,
      best,
      network,
      gap,
      nodes,
      open,
      seconds,
      engine: this.engine.name,
      log: this.log,
    };
  }
}

/** Points that fixing left inside a range; where it left none, any free (i, j). */
function stillFree(candidates: BranchingPoint[], { lo, hi }: PieceRanges): BranchingPoint[] {
  const free = candidates.filter(({ ij, k }) => lo[ij] < k && k < hi[ij]);
  if (free.length > 0) return free;
  const ij = lo.findIndex((from, at) => hi[at] - from > 1);
  return ij < 0 ? [] : [{ ij, k: lo[ij] + 1, score: 0 }];
}

function gapOf(incumbent: number, lowerBound: number): number {
  if (incumbent <= 0) return 0;
  return Number.isFinite(incumbent) ? Math.max(0, incumbent - lowerBound) / incumbent : 1;
}
