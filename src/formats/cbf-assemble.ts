import type { Cone } from "../problem/cones.ts";
import { sparseFromTriplets } from "../problem/sparse-matrix.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import { svecLength } from "../problem/svec.ts";
import type { CbfDomain } from "./cbf-cones.ts";
import type { CbfContents } from "./cbf-read.ts";
import { EntryList } from "./entry-list.ts";
import type { DuplicateRule } from "./entry-list.ts";
import type { LineScanner } from "./line-scanner.ts";
import type { SourcedProblem } from "./problem-source.ts";
import { problemName, sizeLimit } from "./read-options.ts";
import type { ReadOptions } from "./read-options.ts";

/**
 * Where an affine expression g of the file goes: s[first] = firstFactor·g, and s[second] likewise (-1:
 * nowhere).
 */
interface RowMap {
  readonly first: Int32Array;
  readonly firstFactor: Float64Array;
  readonly second: Int32Array;
  readonly secondFactor: Float64Array;
}

/**
 * Brings a CBF file into the form Ax + s = b: s = T g for the cone map T of each run of rows, so A = −T G.
 */
export function assembleCbf(
  contents: CbfContents,
  scanner: LineScanner,
  options: ReadOptions,
): SourcedProblem {
  const { variableDomains, constraintDomains, psdVariables, psdConstraints, scalarVariables } = contents;
  const psdColumns = psdVariables.reduce((sum, order) => sum + svecLength(order), 0);
  const psdRows = psdConstraints.reduce((sum, order) => sum + svecLength(order), 0);
  const cols = scalarVariables + psdColumns;
  const limit = sizeLimit(options);
  if (cols > limit) scanner.failEnd(`${cols} variables, over the limit maxSize = ${limit}`);

  const layout = new Layout([...variableDomains, ...constraintDomains]);
  const variableMap = layout.place(variableDomains, scalarVariables);
  const psdVariableRow = layout.placePsd(psdVariables);
  const constraintMap = layout.place(constraintDomains, contents.scalarConstraints);
  const psdConstraintRow = layout.placePsd(psdConstraints);
  const rows = layout.rows;
  if (rows > limit) scanner.failEnd(`${rows} rows, over the limit maxSize = ${limit}`);

  const duplicate = duplicateRule(scanner);
  const G = contents.rows.compress(contents.scalarConstraints, cols, duplicate);
  const H = contents.psdRows.compress(psdRows, scalarVariables, duplicate);
  const constants = contents.rowConstants.compress(contents.scalarConstraints, 1, duplicate);
  const D = contents.psdConstants.compress(psdRows, 1, duplicate);
  const costs = contents.costs.compress(1, cols, duplicate);

  const entries = new EntryList();
  for (let j = 0; j < scalarVariables; j++) pushMapped(entries, variableMap, j, j, -1);
  for (let k = 0; k < psdColumns; k++) entries.push(psdVariableRow + k, scalarVariables + k, -1, 0);
  forEachEntry(G, (i, j, value) => pushMapped(entries, constraintMap, i, j, -value));
  forEachEntry(H, (i, j, value) => entries.push(psdConstraintRow + i, j, -value, 0));
  const { count } = entries;
  const matrix = sparseFromTriplets(
    rows,
    cols,
    entries.rows.subarray(0, count),
    entries.cols.subarray(0, count),
    entries.values.subarray(0, count),
  );

  const b = new Float64Array(rows);
  forEachEntry(constants, (i, _, value) => {
    if (constraintMap.first[i] >= 0) b[constraintMap.first[i]] += constraintMap.firstFactor[i] * value;
    if (constraintMap.second[i] >= 0) b[constraintMap.second[i]] += constraintMap.secondFactor[i] * value;
  });
  forEachEntry(D, (i, _, value) => (b[psdConstraintRow + i] = value));

  const { sign, offset } = contents;
  const c = new Float64Array(cols);
  forEachEntry(costs, (_, j, value) => (c[j] = sign * value));
  refuseOverflow(scanner, [matrix.values, b]);
  return {
    name: problemName(options.name),
    c,
    A: { kind: "sparse", rows, cols, matrix },
    b,
    cones: layout.cones,
    ...(sign === 1 && offset === 0 ? {} : { objective: { sign, offset } }),
    source: {
      format: "cbf",
      file: options.name,
      version: contents.version,
      scalarVariables,
      psdVariables,
      scalarConstraints: contents.scalarConstraints,
      psdConstraints,
      matrixEntries: G.values.length + H.values.length,
      relaxedIntegers: contents.integers,
    },
  };
}

/** Hands out rows: all zero rows first, then all nonnegative rows, then the other cones as they come. */
class Layout {
  readonly cones: Cone[] = [];
  rows: number;
  private nextZero = 0;
  private nextNonnegative: number;

  constructor(domains: readonly CbfDomain[]) {
    let zero = 0;
    let nonnegative = 0;
    for (const { kind, dim } of domains) {
      if (kind === "zero") zero += dim;
      else if (kind === "positive" || kind === "negative") nonnegative += dim;
    }
    if (zero > 0) this.cones.push({ kind: "zero", dim: zero });
    if (nonnegative > 0) this.cones.push({ kind: "nonnegative", dim: nonnegative });
    this.nextNonnegative = zero;
    this.rows = zero + nonnegative;
  }

  place(domains: readonly CbfDomain[], count: number): RowMap {
    const map: RowMap = {
      first: new Int32Array(count).fill(-1),
      firstFactor: new Float64Array(count),
      second: new Int32Array(count).fill(-1),
      secondFactor: new Float64Array(count),
    };
    let i = 0;
    for (const { kind, dim, cone } of domains) {
      for (let k = 0; k < dim; k++, i++) {
        map.firstFactor[i] = 1;
        switch (kind) {
          case "free":
            break;
          case "zero":
            map.first[i] = this.nextZero++;
            break;
          case "negative":
            map.firstFactor[i] = -1;
            map.first[i] = this.nextNonnegative++;
            break;
          case "positive":
            map.first[i] = this.nextNonnegative++;
            break;
          case "direct":
            map.first[i] = this.rows + k;
            break;
          case "reversed":
            map.first[i] = this.rows + dim - 1 - k;
            break;
          case "rotated":
            // 2 g₀g₁ ≥ ‖g₂…‖² and g₀, g₁ ≥ 0  ⇔  ((g₀+g₁)/√2, (g₀−g₁)/√2, g₂…) in the second-order cone.
            map.first[i] = this.rows + (k < 2 ? 0 : k);
            if (k < 2) {
              map.firstFactor[i] = Math.SQRT1_2;
              map.second[i] = this.rows + 1;
              map.secondFactor[i] = k === 0 ? Math.SQRT1_2 : -Math.SQRT1_2;
            }
        }
      }
      if (cone !== undefined && dim > 0) {
        this.cones.push(cone);
        this.rows += dim;
      }
    }
    return map;
  }

  /** First row of a run of PSD cones. */
  placePsd(orders: readonly number[]): number {
    const first = this.rows;
    for (const order of orders) {
      this.cones.push({ kind: "psd", order });
      this.rows += svecLength(order);
    }
    return first;
  }
}

function pushMapped(entries: EntryList, map: RowMap, i: number, j: number, value: number): void {
  if (map.first[i] >= 0) entries.push(map.first[i], j, map.firstFactor[i] * value, 0);
  if (map.second[i] >= 0) entries.push(map.second[i], j, map.secondFactor[i] * value, 0);
}

function forEachEntry(M: SparseMatrix, visit: (row: number, col: number, value: number) => void): void {
  for (let j = 0; j < M.cols; j++) {
    for (let k = M.colPtr[j]; k < M.colPtr[j + 1]; k++) visit(M.rowIdx[k], j, M.values[k]);
  }
}

function duplicateRule(scanner: LineScanner): DuplicateRule {
  return (_row, _col, first, second) => {
    const lines = `lines ${Math.abs(first.origin)} and ${Math.abs(second.origin)}`;
    scanner.line = Math.abs(second.origin);
    scanner.start = scanner.pos = 0;
    if (Math.sign(first.origin) === Math.sign(second.origin)) {
      scanner.fail(`${lines} give the same entry; remove one or add them up`);
    }
    if (first.value !== second.value) {
      scanner.fail(
        `${lines} give the two sides of a diagonal different values; the matrix must be symmetric`,
      );
    }
  };
}

function refuseOverflow(scanner: LineScanner, arrays: readonly Float64Array[]): void {
  for (const array of arrays) {
    if (!array.every(Number.isFinite))
      scanner.fail("the data overflow the doubles when brought into standard form");
  }
}
