import { ProblemError } from "../errors.ts";
import { coneOffsets, describeCone } from "../problem/cones.ts";
import type { ConicProblem } from "../problem/conic-problem.ts";
import { toSparse } from "../problem/operators/apply.ts";
import { svecLength } from "../problem/svec.ts";
import { OBJECTIVE_COMMENT } from "./sdpa-read.ts";

/** A run of rows of s as a block of the file. A zero cone is a diagonal block of s and −s. */
interface Block {
  readonly kind: "psd" | "diagonal" | "pairs";
  readonly size: number;
  readonly firstRow: number;
}

/**
 * A ConicProblem in SDPA sparse format, in pieces: F_i = −smat(column i of A), F_0 = −smat(b). PSD cones are
 * blocks, nonnegative cones diagonal blocks, equalities pairs of inequalities in a diagonal block. A sign or
 * offset of the objective goes into a comment that our reader understands. Throws ProblemError naming what
 * the format cannot express: a quadratic objective or any other cone.
 */
export function* writeSdpa(problem: ConicProblem): Generator<string, void, void> {
  const { P, c, b, A, cones, objective, name } = problem;
  if (P !== undefined && P.values.some((value) => value !== 0)) {
    throw new ProblemError("SDPA format has no quadratic objective; write JSON", { field: "P" });
  }
  const offsets = coneOffsets(cones);
  const blocks: Block[] = [];
  for (const [k, cone] of cones.entries()) {
    const firstRow = offsets[k];
    switch (cone.kind) {
      case "psd":
        if (cone.order > 0) blocks.push({ kind: "psd", size: cone.order, firstRow });
        break;
      case "nonnegative":
        if (cone.dim > 0) blocks.push({ kind: "diagonal", size: cone.dim, firstRow });
        break;
      case "zero":
        if (cone.dim > 0) blocks.push({ kind: "pairs", size: cone.dim, firstRow });
        break;
      default:
        throw new ProblemError(`SDPA format has no cone ${describeCone(cone)}; write CBF or JSON`, {
          field: `cones[${k}]`,
          index: k,
          value: cone.kind,
        });
    }
  }
  if (name !== undefined) yield `"${name.replace(/[\r\n]+/g, " ")}\n`;
  if (objective !== undefined) yield `${OBJECTIVE_COMMENT} ${objective.sign} ${objective.offset}\n`;
  yield `${c.length} = m\n${blocks.length} = number of blocks\n`;
  for (let k = 0; k < blocks.length; k += 32) {
    yield `${blocks
      .slice(k, k + 32)
      .map(fileSize)
      .join(" ")}\n`;
  }
  for (let k = 0; k < c.length; k += 32) yield `${c.subarray(k, k + 32).join(" ")}\n`;

  const place = blockPlaces(blocks);
  let text = "";
  for (let i = 0; i < b.length; i++) {
    if (b[i] !== 0) text += place.lines(0, i, -b[i]);
    if (text.length > 1 << 16) {
      yield text;
      text = "";
    }
  }
  const matrix = toSparse(A);
  for (let j = 0; j < matrix.cols; j++) {
    for (let p = matrix.colPtr[j]; p < matrix.colPtr[j + 1]; p++) {
      if (matrix.values[p] !== 0) text += place.lines(j + 1, matrix.rowIdx[p], -matrix.values[p]);
    }
    if (text.length > 1 << 16) {
      yield text;
      text = "";
    }
  }
  yield text;
}

function fileSize({ kind, size }: Block): number {
  if (kind === "psd") return size;
  return kind === "diagonal" ? -size : -2 * size;
}

/** The lines of the file for an entry of row `row` of s. */
function blockPlaces(blocks: readonly Block[]): {
  lines(matrix: number, row: number, value: number): string;
} {
  let current = 0;
  const find = (row: number): number => {
    const after = (k: number): boolean => k + 1 < blocks.length && row >= blocks[k + 1].firstRow;
    if (row < blocks[current].firstRow) current = 0;
    while (after(current)) current++;
    return current;
  };
  return {
    lines(matrix, row, value) {
      const k = find(row);
      const { kind, size, firstRow } = blocks[k];
      const head = `${matrix} ${k + 1}`;
      const i = row - firstRow;
      if (kind === "diagonal") return `${head} ${i + 1} ${i + 1} ${value}\n`;
      if (kind === "pairs") {
        return `${head} ${2 * i + 1} ${2 * i + 1} ${value}\n${head} ${2 * i + 2} ${2 * i + 2} ${-value}\n`;
      }
      const [r, col] = svecPosition(size, i);
      return `${head} ${col + 1} ${r + 1} ${r === col ? value : unscale(value)}\n`;
    },
  };
}

/** Row and column of entry `index` of svec, row ≥ column. */
export function svecPosition(order: number, index: number): [number, number] {
  const before = (j: number): number => svecLength(order) - svecLength(order - j);
  const root = Math.sqrt((2 * order + 1) ** 2 - 8 * index);
  let col = Math.min(order - 1, Math.max(0, Math.floor((2 * order + 1 - root) / 2)));
  while (before(col) > index) col--;
  while (before(col + 1) <= index) col++;
  return [col + index - before(col), col];
}

/** value/√2, chosen so that times √2 gives the value back where a double does that. */
export function unscale(value: number): number {
  const near = value * Math.SQRT1_2;
  const step = Math.abs(near) * 2 ** -53;
  for (const candidate of [near, near + step, near - step, near + 2 * step, near - 2 * step]) {
    if (candidate * Math.SQRT2 === value) return candidate;
  }
  return near;
}
