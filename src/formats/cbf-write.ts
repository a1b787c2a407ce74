import { ProblemError } from "../errors.ts";
import { coneDim, coneOffsets } from "../problem/cones.ts";
import type { Cone } from "../problem/cones.ts";
import type { ConicProblem } from "../problem/conic-problem.ts";
import { toSparse } from "../problem/operators/apply.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import { transposeSparse } from "../problem/sparse-matrix.ts";
import { svecPosition, unscale } from "./sdpa-write.ts";

/** A scalar constraint of the file: g = Σ factor_k · s[row_k]. One row of s, or two for a side of a box. */
interface Combination {
  readonly row: number;
  readonly factor: number;
  readonly other?: { readonly row: number; readonly factor: number };
}

/**
 * A ConicProblem in Conic Benchmark Format (version 3 with power cones, else 2), in pieces. All variables are
 * free; rows of s = b − Ax become CON (a box as its linear inequalities) and PSDCON. Power exponents are
 * written as alpha and 1 − alpha. Throws ProblemError for a quadratic objective.
 */
export function* writeCbf(problem: ConicProblem): Generator<string, void, void> {
  const { P, c, b, A, cones, objective, name } = problem;
  if (P !== undefined && P.values.some((value) => value !== 0)) {
    throw new ProblemError("CBF has no quadratic objective; write JSON", { field: "P" });
  }
  const { sign, offset } = objective ?? { sign: 1, offset: 0 };
  const powers = cones.flatMap((cone) => (cone.kind === "power" ? [cone.alpha] : []));
  const dualPowers = cones.flatMap((cone) => (cone.kind === "dualPower" ? [cone.alpha] : []));
  const { rows, domains } = scalarRows(cones);

  if (name !== undefined) yield `# ${name.replace(/[\r\n]+/g, " ")}\n`;
  yield `VER\n${powers.length + dualPowers.length > 0 ? 3 : 2}\n\n`;
  yield* powerTable("POWCONES", powers);
  yield* powerTable("POW*CONES", dualPowers);
  yield `OBJSENSE\n${sign === 1 ? "MIN" : "MAX"}\n\n`;
  if (c.length > 0) yield `VAR\n${c.length} 1\nF ${c.length}\n\n`;
  const psd = psdBlocks(cones);
  if (psd.length > 0) yield `PSDCON\n${psd.length}\n${psd.map(({ order }) => order).join("\n")}\n\n`;
  if (rows.length > 0) yield `CON\n${rows.length} ${domains.length}\n${domains.join("\n")}\n\n`;

  yield* section("OBJACOORD", function* () {
    for (let j = 0; j < c.length; j++) if (c[j] !== 0) yield `${j} ${sign * c[j]}`;
  });
  if (offset !== 0) yield `OBJBCOORD\n${offset}\n\n`;
  // By rows: columns of the transpose.
  const byRow = transposeSparse(toSparse(A));
  yield* section("ACOORD", function* () {
    for (const [i, combination] of rows.entries()) {
      for (const [j, value] of combined(byRow, combination)) if (value !== 0) yield `${i} ${j} ${value}`;
    }
  });
  yield* section("BCOORD", function* () {
    for (const [i, { row, factor, other }] of rows.entries()) {
      const value = factor * b[row] + (other === undefined ? 0 : other.factor * b[other.row]);
      if (value !== 0) yield `${i} ${value}`;
    }
  });
  yield* section("HCOORD", function* () {
    for (const [k, { order, first, length }] of psd.entries()) {
      for (let q = 0; q < length; q++) {
        const row = first + q;
        const [r, col] = svecPosition(order, q);
        for (let p = byRow.colPtr[row]; p < byRow.colPtr[row + 1]; p++) {
          const value = -byRow.values[p];
          if (value !== 0) yield `${k} ${byRow.rowIdx[p]} ${r} ${col} ${r === col ? value : unscale(value)}`;
        }
      }
    }
  });
  yield* section("DCOORD", function* () {
    for (const [k, { order, first, length }] of psd.entries()) {
      for (let q = 0; q < length; q++) {
        const value = b[first + q];
        if (value === 0) continue;
        const [r, col] = svecPosition(order, q);
        yield `${k} ${r} ${col} ${r === col ? value : unscale(value)}`;
      }
    }
  });
}

/** A section of coordinates with its count; nothing where it is empty. The lines are made twice, not kept. */
function* section(
  keyword: string,
  lines: () => Generator<string, void, void>,
): Generator<string, void, void> {
  let count = 0;
  for (const counting = lines(); counting.next().done !== true;) count++;
  if (count === 0) return;
  let text = `${keyword}\n${count}\n`;
  for (const line of lines()) {
    text += `${line}\n`;
    if (text.length > 1 << 16) {
      yield text;
      text = "";
    }
  }
  yield `${text}\n`;
}

function* powerTable(keyword: string, alphas: readonly number[]): Generator<string, void, void> {
  if (alphas.length === 0) return;
  yield `${keyword}\n${alphas.length} ${2 * alphas.length}\n`;
  for (const alpha of alphas) yield `2\n${alpha}\n${1 - alpha}\n`;
  yield "\n";
}

function psdBlocks(cones: readonly Cone[]): { order: number; first: number; length: number }[] {
  const offsets = coneOffsets(cones);
  return cones.flatMap((cone, k) =>
    cone.kind === "psd" && cone.order > 0
      ? [{ order: cone.order, first: offsets[k], length: coneDim(cone) }]
      : [],
  );
}

/** The rows of CON in order, and its lines of cones. */
function scalarRows(cones: readonly Cone[]): { rows: Combination[]; domains: string[] } {
  const rows: Combination[] = [];
  const domains: string[] = [];
  const offsets = coneOffsets(cones);
  let power = 0;
  let dualPower = 0;
  cones.forEach((cone, k) => {
    const first = offsets[k];
    const dim = coneDim(cone);
    const direct = (domain: string): void => {
      if (dim === 0) return;
      domains.push(`${domain} ${dim}`);
      for (let i = 0; i < dim; i++) rows.push({ row: first + i, factor: 1 });
    };
    switch (cone.kind) {
      case "zero":
        return direct("L=");
      case "nonnegative":
        return direct("L+");
      case "secondOrder":
        return direct("Q");
      case "power":
        return direct(`@${power++}:POW`);
      case "dualPower":
        return direct(`@${dualPower++}:POW*`);
      case "exponential":
      case "dualExponential":
        domains.push(cone.kind === "exponential" ? "EXP 3" : "EXP* 3");
        for (let i = 2; i >= 0; i--) rows.push({ row: first + i, factor: 1 });
        return;
      case "box": {
        const before = rows.length;
        rows.push({ row: first, factor: 1 });
        cone.lower.forEach((lower, i) => {
          const row = first + 1 + i;
          const upper = cone.upper[i];
          if (lower > -Infinity) rows.push({ row, factor: 1, other: { row: first, factor: -lower } });
          if (upper < Infinity) rows.push({ row, factor: -1, other: { row: first, factor: upper } });
        });
        domains.push(`L+ ${rows.length - before}`);
        return;
      }
      case "psd":
        return;
    }
  });
  return { rows, domains };
}

/** −(combination of rows of A) as pairs of column and value. */
function combined(byRow: SparseMatrix, { row, factor, other }: Combination): Iterable<[number, number]> {
  const values = new Map<number, number>();
  const add = (i: number, weight: number): void => {
    for (let p = byRow.colPtr[i]; p < byRow.colPtr[i + 1]; p++) {
      const j = byRow.rowIdx[p];
      values.set(j, (values.get(j) ?? 0) - weight * byRow.values[p]);
    }
  };
  add(row, factor);
  if (other !== undefined) add(other.row, other.factor);
  return values;
}
