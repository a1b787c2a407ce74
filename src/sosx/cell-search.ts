import type { ApartSolver } from "../lp/apart/apart-solver.ts";
import { cellProgram } from "./cell-program.ts";
import type { RelaxationEngine } from "./engines/engine.ts";
import type { PieceRanges } from "./node-relaxation.ts";
import { pieceAt } from "./piecewise-linear.ts";
import type { TrainingProblem } from "./training-problem.ts";
import { preActivations } from "./training-problem.ts";

/** Looks at hidden weights; returns whether they improve the incumbent. */
export type Consider = (hidden: Float64Array, source: string) => boolean;

/** Optimum of a cell; without `hidden` when none was found in time. */
export type CellSolver = (
  cell: PieceRanges,
  seconds: number,
) => Promise<{ readonly hidden?: Float64Array; readonly objective: number }>;

/**
 * Cells are solved with x written out by HiGHS's interior-point method where it is at hand and the loss linear (measured:
 * 7 times faster than the simplex on λ at M = 20, N = 177), else as nodes.
 */
export function cellSolver(
  problem: TrainingProblem,
  exact: RelaxationEngine,
  highs: ApartSolver,
  signal?: AbortSignal,
): CellSolver {
  if (problem.loss === "mse" || exact.name !== "highs") {
    return async (cell, seconds) => (await exact.solve([{ ranges: cell }], { seconds }))[0];
  }
  return async (cell, seconds) => {
    const method = { solver: "ipm", run_crossover: "off" };
    const answer = await highs.solve(cellProgram(problem, cell.lo), { seconds }, method, signal);
    if (answer.x === undefined) return { objective: NaN };
    return { hidden: answer.x.slice(0, problem.neurons * (problem.features + 1)), objective: answer.objective };
  };
}

/** Pieces that hold x; at a breakpoint (within `slack`) the side away from `previous`. */
function cellOf(problem: TrainingProblem, x: Float64Array, previous?: PieceRanges, slack = 1e-4): PieceRanges {
  const p = problem.pwl.breakpoints;
  const last = p.length - 2;
  const lo = new Uint8Array(x.length);
  for (let ij = 0; ij < x.length; ij++) {
    let k = pieceAt(problem.pwl, x[ij]);
    if (previous !== undefined) {
      const before = previous.lo[ij];
      if (before <= last && Math.abs(x[ij] - p[before + 1]) <= slack && before < last) k = before + 1;
      else if (Math.abs(x[ij] - p[before]) <= slack && before > 0) k = before - 1;
      else k = before;
    }
    lo[ij] = k;
  }
  return { lo, hi: lo.map((k) => k + 1) };
}

/**
 * Local search over cells: with every piece fixed the training problem is linear; its optimum lies on borders of the
 * cell, and the cells on their other sides hold it too, so going over never loses. Stops when it no longer gains.
 */
export async function searchCells(
  problem: TrainingProblem,
  solve: CellSolver,
  hidden: Float64Array,
  consider: Consider,
  options: { readonly steps: number; readonly remaining: () => number; readonly stopped: () => boolean },
): Promise<void> {
  const x = preActivations(problem.design, problem.samples, hidden, problem.neurons);
  let cell = cellOf(problem, x);
  let value = Infinity;
  let idle = 0;
  for (let step = 0; step < options.steps; step++) {
    if (options.stopped()) return;
    const answer = await solve(cell, options.remaining());
    if (answer.hidden === undefined) return;
    consider(answer.hidden, "cell search");
    if (!(answer.objective < value * (1 - 1e-3))) {
      // A plateau is crossed once or twice.
      if (++idle > 2) return;
    } else idle = 0;
    value = Math.min(value, answer.objective);
    const at = preActivations(problem.design, problem.samples, answer.hidden, problem.neurons);
    const next = cellOf(problem, at, cell);
    if (next.lo.every((k, ij) => k === cell.lo[ij])) return;
    cell = next;
  }
}

/**
 * Fixes pieces in `rounds` sweeps, each time those (i, j) whose x lies deepest inside a piece, and solves in between.
 * Ends in a cell, from which {@link searchCells} can go on. Returns the last hidden weights.
 */
export async function fixingDive(
  problem: TrainingProblem,
  engine: RelaxationEngine,
  from: Float64Array,
  consider: Consider,
  options: { readonly rounds: number; readonly remaining: () => number; readonly stopped: () => boolean },
): Promise<Float64Array> {
  const { pwl } = problem;
  const count = problem.samples * problem.neurons;
  const lo = new Uint8Array(count);
  const hi = new Uint8Array(count).fill(pwl.breakpoints.length - 1);
  let hidden = from;
  for (let round = 1; round <= options.rounds && !options.stopped(); round++) {
    const x = preActivations(problem.design, problem.samples, hidden, problem.neurons);
    const free: { readonly ij: number; readonly k: number; readonly depth: number }[] = [];
    for (let ij = 0; ij < count; ij++) {
      if (hi[ij] - lo[ij] < 2) continue;
      const k = Math.min(hi[ij] - 1, Math.max(lo[ij], pieceAt(pwl, x[ij])));
      const depth = Math.min(x[ij] - pwl.breakpoints[k], pwl.breakpoints[k + 1] - x[ij]);
      free.push({ ij, k, depth });
    }
    if (free.length === 0) break;
    free.sort((a, b) => b.depth - a.depth || a.ij - b.ij);
    const fixed = Math.ceil(free.length / (options.rounds - round + 1));
    for (const { ij, k } of free.slice(0, fixed)) {
      lo[ij] = k;
      hi[ij] = k + 1;
    }
    const ranges = { lo: lo.slice(), hi: hi.slice() };
    const [answer] = await engine.solve([{ ranges }], { seconds: options.remaining() });
    if (answer.hidden === undefined) break;
    hidden = answer.hidden;
    consider(hidden, "fixing dive");
  }
  return hidden;
}
