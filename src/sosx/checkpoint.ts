import { FormatError, ProblemError } from "../errors.ts";
import type { Parameters, TrainingProblem } from "./training-problem.ts";
import { changesFromRoot } from "./tree.ts";
import type { BranchingPoint, PieceChange, TreeNode } from "./tree.ts";

/** State of a search between nodes. Node ids and ages are kept, warm starts are not. */
export interface SearchState {
  readonly nodes: number;
  readonly nextId: number;
  readonly seconds: number;
  /** Least bounds of nodes that were closed without being proved empty; Infinity without any. */
  readonly closedBound: number;
  readonly closedActivation: number;
  /** Root relaxation: value of its point. */
  readonly rootRelaxation: number;
  readonly best: Parameters | undefined;
  readonly network: Parameters | undefined;
  readonly open: readonly TreeNode[];
}

const FORMAT = "spectrahedron-sosx-search";
const VERSION = 1;

/** Digits that tell one training problem from another: FNV-1a over all its numbers. */
export function fingerprint(problem: TrainingProblem): string {
  let low = 0x811c9dc5;
  let high = 0x1234567;
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  const add = (value: number): void => {
    view.setFloat64(0, value);
    for (const byte of bytes) {
      low = Math.imul(low ^ byte, 0x01000193) >>> 0;
      high = Math.imul(high + byte, 0x85ebca6b) >>> 0;
      high ^= high >>> 13;
    }
  };
  const { samples, features, outputs, neurons, design, targets, outputWeights, pwl, bounds, loss } = problem;
  [samples, features, outputs, neurons, loss === "mae" ? 0 : 1].forEach(add);
  for (const list of [design, targets, outputWeights, pwl.breakpoints, pwl.values]) list.forEach(add);
  for (const range of [bounds.weight, bounds.bias, bounds.outputBias]) range.forEach(add);
  return low.toString(16).padStart(8, "0") + (high >>> 0).toString(16).padStart(8, "0");
}

interface StoredParameters {
  readonly hidden: number[];
  readonly outputWeights: number[];
  readonly outputBias: number[];
}

interface StoredNode {
  readonly id: number;
  readonly bound: number;
  readonly activationBound: number | null;
  /** ij, lo, hi, ij, lo, hi, … from the root on. */
  readonly changes: number[];
  /** ij, k, score, … */
  readonly candidates: number[];
}

interface Stored {
  readonly format: string;
  readonly version: number;
  readonly problem: string;
  readonly nodes: number;
  readonly nextId: number;
  readonly seconds: number;
  readonly closedBound: number | null;
  readonly closedActivation: number | null;
  readonly rootRelaxation: number;
  readonly best: StoredParameters | null;
  readonly network: StoredParameters | null;
  readonly open: StoredNode[];
}

export function writeCheckpoint(problem: TrainingProblem, state: SearchState): string {
  const stored: Stored = {
    format: FORMAT,
    version: VERSION,
    problem: fingerprint(problem),
    nodes: state.nodes,
    nextId: state.nextId,
    seconds: state.seconds,
    closedBound: finite(state.closedBound),
    closedActivation: finite(state.closedActivation),
    rootRelaxation: state.rootRelaxation,
    best: storeParameters(state.best),
    network: storeParameters(state.network),
    open: state.open.map(storeNode),
  };
  return `${JSON.stringify(stored)}\n`;
}

/**
 * @throws FormatError when the text is no checkpoint
 * @throws ProblemError when it belongs to another problem
 */
export function readCheckpoint(problem: TrainingProblem, text: string): SearchState {
  const stored = parse(text);
  if (stored.problem !== fingerprint(problem)) {
    throw new ProblemError(
      "the resume file belongs to another problem: its data, W₂ (seed, start network), pieces, bounds or loss differ",
      { field: "resume" },
    );
  }
  return {
    nodes: stored.nodes,
    nextId: stored.nextId,
    seconds: stored.seconds,
    closedBound: stored.closedBound ?? Infinity,
    closedActivation: stored.closedActivation ?? Infinity,
    rootRelaxation: stored.rootRelaxation,
    best: restoreParameters(stored.best),
    network: restoreParameters(stored.network),
    open: stored.open.map(restoreNode),
  };
}

function parse(text: string): Stored {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError("the resume file is no JSON; it must be one written by --resume", { field: "resume" }, { cause });
  }
  const stored = value as Partial<Stored> | null;
  if (typeof stored !== "object" || stored?.format !== FORMAT) {
    throw new FormatError("the resume file was not written by this program's search", { field: "resume" });
  }
  const { version, open, nodes, nextId } = stored;
  if (version !== VERSION) {
    throw new FormatError(`the resume file has version ${version}; this program reads version ${VERSION}`, {
      field: "resume",
    });
  }
  if (!Array.isArray(open) || typeof nodes !== "number" || typeof nextId !== "number") {
    throw new FormatError("the resume file is incomplete", { field: "resume" });
  }
  return stored as Stored;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function storeParameters(given: Parameters | undefined): StoredParameters | null {
  if (given === undefined) return null;
  const { hidden, outputWeights, outputBias } = given;
  return { hidden: [...hidden], outputWeights: [...outputWeights], outputBias: [...outputBias] };
}

function restoreParameters(stored: StoredParameters | null): Parameters | undefined {
  if (stored === null) return undefined;
  return {
    hidden: Float64Array.from(stored.hidden),
    outputWeights: Float64Array.from(stored.outputWeights),
    outputBias: Float64Array.from(stored.outputBias),
  };
}

function storeNode(node: TreeNode): StoredNode {
  const changes = changesFromRoot(node).flatMap(({ ij, lo, hi }) => [ij, lo, hi]);
  const candidates = node.candidates.flatMap(({ ij, k, score }) => [ij, k, score]);
  return { id: node.id, bound: node.bound, activationBound: finite(node.activationBound), changes, candidates };
}

/** The way from the root becomes one step. */
function restoreNode({ id, bound, activationBound, changes, candidates }: StoredNode): TreeNode {
  const path: PieceChange[] = [];
  for (let k = 0; k < changes.length; k += 3) path.push({ ij: changes[k], lo: changes[k + 1], hi: changes[k + 2] });
  const points: BranchingPoint[] = [];
  for (let k = 0; k < candidates.length; k += 3) {
    points.push({ ij: candidates[k], k: candidates[k + 1], score: candidates[k + 2] });
  }
  return {
    id,
    parent: undefined,
    changes: path,
    depth: path.length,
    bound,
    activationBound: activationBound ?? -Infinity,
    candidates: points,
    warm: undefined,
  };
}
