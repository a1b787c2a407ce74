import type { LpBasis, LpAnswer } from "../../lp/highs.ts";
import { HighsModel } from "../../lp/highs.ts";
import { cutRow, SampleEnvelopes } from "../envelope-cuts.ts";
import { lambdaBounds, lpLayout, multipliersFromRows, nodeProgram, readPoint } from "../lp-form.ts";
import type { CutMultipliers, EnvelopeCut, PieceRanges } from "../node-relaxation.ts";
import { rootRanges, safeBound } from "../node-relaxation.ts";
import type { RelaxationData } from "../training-problem.ts";
import type { EngineLimits, NodeAnswer, NodeRequest, RelaxationEngine, WarmState } from "./engine.ts";

interface BasisState extends WarmState {
  readonly basis: LpBasis;
}

export interface HighsOptions {
  /** Neuron envelopes over the parameters' box, as cuts at the root (envelope-cuts.ts). Default false. */
  readonly envelopes?: boolean | undefined;
}

/** Rounds of cuts at the root. */
const CUT_ROUNDS = 10;

/** One node after another by HiGHS's dual simplex, warm from the parent's basis. */
export class HighsEngine implements RelaxationEngine {
  readonly name = "highs";
  readonly batch = 1;
  private readonly problem: RelaxationData;
  private readonly model: HighsModel;
  private readonly lower: Float64Array;
  private readonly upper: Float64Array;
  private readonly firstLambda: number;
  private readonly cuts: EnvelopeCut[] = [];
  /** Simplex iterations of the hardest node so far, for `effort`. */
  private longest = 200;

  private constructor(problem: RelaxationData, model: HighsModel, lower: Float64Array, upper: Float64Array) {
    this.problem = problem;
    this.model = model;
    this.lower = lower;
    this.upper = upper;
    this.firstLambda = lpLayout(problem).lambda;
  }

  /** @throws UnsupportedError when the optional package `highs` is not installed */
  static async create(problem: RelaxationData, options: HighsOptions = {}): Promise<HighsEngine> {
    const program = nodeProgram(problem);
    const model = await HighsModel.create(program);
    const engine = new HighsEngine(problem, model, program.lower, program.upper.slice());
    if (options.envelopes) await engine.cutRoot();
    return engine;
  }

  /** Rows added at the root. */
  get cutCount(): number {
    return this.cuts.length;
  }

  /** Adds envelope cuts at the root's optimum and solves again, until none is violated or nothing is gained. */
  private async cutRoot(): Promise<void> {
    const { problem, model } = this;
    const envelopes = SampleEnvelopes.create(problem);
    if (envelopes === undefined) return;
    let last = -Infinity;
    for (let round = 0; round < CUT_ROUNDS; round++) {
      const [{ hidden, g, objective }] = await this.solve([{ ranges: rootRanges(problem) }]);
      if (hidden === undefined || g === undefined || objective <= last + 1e-9) return;
      last = objective;
      const cuts = envelopes.separate(hidden, g, 1e-6);
      if (cuts.length === 0) return;
      model.addRows(cuts.map((cut) => cutRow(problem, cut)));
      this.cuts.push(...cuts);
    }
  }

  solve(requests: readonly NodeRequest[], limits: EngineLimits = {}): Promise<NodeAnswer[]> {
    return Promise.resolve(requests.map((request) => this.solveNode(request, limits)));
  }

  private solveNode({ ranges, warm }: NodeRequest, { effort = 1, seconds }: EngineLimits): NodeAnswer {
    const { model, upper, problem } = this;
    upper.set(lambdaBounds(problem, ranges), this.firstLambda);
    // Forget the last node, so that an answer depends on its request alone.
    model.setBasis(undefined);
    model.setBounds(this.lower, upper);
    const basis = warm?.engine === this.name ? (warm as BasisState).basis : undefined;
    if (basis !== undefined) model.setBasis(basis);
    const iterations = effort < 1 ? Math.ceil(effort * this.longest) : undefined;
    const answer = model.solve({ seconds, iterations });
    if (effort >= 1 && answer.status === "optimal") this.longest = Math.max(this.longest, answer.iterations);
    return this.read(answer, ranges);
  }

  private read(answer: LpAnswer, ranges: PieceRanges): NodeAnswer {
    const { problem } = this;
    const { status, iterations, x, y } = answer;
    if (status === "infeasible") {
      const proved = y !== undefined && provesEmpty(problem, ranges, y, this.cuts);
      // HiGHS's word alone (its tolerance 1e-7) is taken too when its ray is missing or rounds away.
      return { bound: Infinity, objective: NaN, solved: proved, iterations };
    }
    const multipliers = y === undefined ? undefined : multipliersFromRows(problem, y);
    const bound = multipliers === undefined ? -Infinity : safeBound(problem, ranges, multipliers, { envelopes: cutMultipliers(problem, y, this.cuts) });
    const solved = status === "optimal";
    const rest = { bound, solved, iterations, ...(multipliers === undefined ? {} : { multipliers }) };
    if (x === undefined) return { ...rest, objective: NaN };
    const { hidden, g } = readPoint(problem, x);
    const basis = this.model.basis();
    const state: BasisState | undefined = basis === undefined ? undefined : { engine: this.name, basis };
    return { ...rest, objective: answer.objective, hidden, g, ...(state === undefined ? {} : { warm: state }) };
  }

  dispose(): void {
    this.model.dispose();
  }
}

function provesEmpty(problem: RelaxationData, ranges: PieceRanges, ray: Float64Array, cuts: readonly EnvelopeCut[]): boolean {
  return [1, -1].some((sign) => {
    const y = ray.map((v) => sign * v);
    const envelopes = cutMultipliers(problem, y, cuts);
    return safeBound(problem, ranges, multipliersFromRows(problem, y), { ray: true, envelopes }) > 0;
  });
}

/** The cuts' rows stand behind the program's own. */
function cutMultipliers(
  problem: RelaxationData,
  y: Float64Array | undefined,
  cuts: readonly EnvelopeCut[],
): CutMultipliers | undefined {
  return y === undefined || cuts.length === 0 ? undefined : { cuts, values: y.slice(lpLayout(problem).rows) };
}
