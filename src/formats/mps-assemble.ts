import type { Cone } from "../problem/cones.ts";
import { sparseFromTriplets } from "../problem/sparse-matrix.ts";
import { EntryList } from "./entry-list.ts";
import { quote } from "./line-scanner.ts";
import type { LineScanner } from "./line-scanner.ts";
import type { MpsContents } from "./mps-read.ts";
import type { SourcedProblem } from "./problem-source.ts";
import { problemName, sizeLimit } from "./read-options.ts";
import type { ReadOptions } from "./read-options.ts";

/** The limits of one row: lower ≤ ax ≤ upper, infinite where there is none. */
interface Limits {
  lower: number;
  upper: number;
}

/** Brings an MPS file into the form Ax + s = b with zero rows, then nonnegative rows; see readMps. */
export function assembleMps(
  contents: MpsContents,
  scanner: LineScanner,
  options: ReadOptions,
): SourcedProblem {
  const { rowNames, rowTypes, columnNames, entries } = contents;
  const cols = columnNames.length;
  const objective = objectiveRow(contents, scanner);
  const matrix = entries.compress(rowNames.length, cols, (row, col, first, second) => {
    scanner.line = second.origin;
    scanner.start = scanner.pos = 0;
    scanner.fail(
      `lines ${first.origin} and ${second.origin} give the entry of row ${quote(rowNames[row])} and column ` +
        `${quote(columnNames[col])} twice`,
    );
  });

  // Rows of the file, in the file's order: equalities first, then one nonnegative row per finite side.
  const limits = rowNames.map((_, i) => rowLimits(contents, i, scanner));
  const bounds = columnNames.map((_, j) => columnLimits(contents, j));
  const equal = ({ lower, upper }: Limits): boolean => lower === upper;
  const isConstraint = (i: number): boolean => rowTypes[i] !== "N";

  const upperRow = new Int32Array(rowNames.length).fill(-1);
  const lowerRow = new Int32Array(rowNames.length).fill(-1);
  let rows = 0;
  limits.forEach((limit, i) => {
    if (isConstraint(i) && equal(limit)) upperRow[i] = rows++;
  });
  const fixedStart = rows;
  rows += bounds.filter(equal).length;
  const zeros = rows;
  limits.forEach((limit, i) => {
    if (!isConstraint(i) || equal(limit)) return;
    if (limit.upper < Infinity) upperRow[i] = rows++;
    if (limit.lower > -Infinity) lowerRow[i] = rows++;
  });
  const boundStart = rows;
  for (const limit of bounds) {
    if (!equal(limit)) rows += Number(limit.upper < Infinity) + Number(limit.lower > -Infinity);
  }
  const limit = sizeLimit(options);
  if (rows > limit) scanner.fail(`${rows} rows, over the limit maxSize = ${limit}`, scanner.start);

  const b = new Float64Array(rows);
  limits.forEach(({ lower, upper }, i) => {
    if (upperRow[i] >= 0) b[upperRow[i]] = upper;
    if (lowerRow[i] >= 0) b[lowerRow[i]] = lower === 0 ? 0 : -lower;
  });
  const c = new Float64Array(cols);
  const final = new EntryList();
  let nextFixed = fixedStart;
  let nextBound = boundStart;
  let matrixEntries = 0;
  for (let j = 0; j < cols; j++) {
    for (let k = matrix.colPtr[j]; k < matrix.colPtr[j + 1]; k++) {
      const i = matrix.rowIdx[k];
      const value = matrix.values[k];
      if (i === objective) c[j] = contents.sign * value;
      if (isConstraint(i)) matrixEntries++;
      if (upperRow[i] >= 0) final.push(upperRow[i], j, value, 0);
      if (lowerRow[i] >= 0) final.push(lowerRow[i], j, -value, 0);
    }
    const { lower, upper } = bounds[j];
    if (lower === upper) {
      b[nextFixed] = upper;
      final.push(nextFixed++, j, 1, 0);
      continue;
    }
    if (upper < Infinity) {
      b[nextBound] = upper;
      final.push(nextBound++, j, 1, 0);
    }
    if (lower > -Infinity) {
      b[nextBound] = lower === 0 ? 0 : -lower;
      final.push(nextBound++, j, -1, 0);
    }
  }
  const { count } = final;
  const A = sparseFromTriplets(
    rows,
    cols,
    final.rows.subarray(0, count),
    final.cols.subarray(0, count),
    final.values.subarray(0, count),
  );

  const cones: Cone[] = [];
  if (zeros > 0) cones.push({ kind: "zero", dim: zeros });
  if (rows > zeros) cones.push({ kind: "nonnegative", dim: rows - zeros });
  const rhs = contents.rhs.get(objective) ?? 0;
  const offset = rhs === 0 ? 0 : -rhs;
  const constraints = rowNames.flatMap((_, i) => (isConstraint(i) ? [i] : []));
  return {
    name: contents.name === "" ? problemName(options.name) : contents.name,
    c,
    A: { kind: "sparse", rows, cols, matrix: A },
    b,
    cones,
    ...(contents.sign === 1 && offset === 0 ? {} : { objective: { sign: contents.sign, offset } }),
    source: {
      format: "mps",
      file: options.name,
      columnNames,
      rowNames: constraints.map((i) => rowNames[i]),
      rowTypes: constraints.map((i) => rowTypes[i] as "E" | "L" | "G"),
      constraintRows: Int32Array.from(constraints, (i) => (upperRow[i] >= 0 ? upperRow[i] : lowerRow[i])),
      objectiveName: rowNames[objective] ?? "",
      matrixEntries,
      boundLines: contents.boundLines,
      rangeLines: contents.rangeLines,
      relaxedIntegers: contents.integer.size,
    },
  };
}

function objectiveRow(contents: MpsContents, scanner: LineScanner): number {
  const { objectiveName, rowIndex, rowTypes } = contents;
  if (objectiveName === "") return rowTypes.indexOf("N");
  const row = rowIndex.get(objectiveName) ?? -1;
  if (row < 0 || rowTypes[row] !== "N") {
    scanner.fail(`the objective ${quote(objectiveName)} is no row of type N`, scanner.start);
  }
  return row;
}

function rowLimits(contents: MpsContents, i: number, scanner: LineScanner): Limits {
  const rhs = contents.rhs.get(i) ?? 0;
  const range = contents.ranges.get(i);
  const width = Math.abs(range ?? Infinity);
  const limits = { lower: rhs, upper: rhs };
  switch (contents.rowTypes[i]) {
    case "L":
      limits.lower = rhs - width;
      break;
    case "G":
      limits.upper = rhs + width;
      break;
    case "E":
      if (range !== undefined && range > 0) limits.upper = rhs + range;
      else if (range !== undefined) limits.lower = rhs + range;
      break;
    case "N":
      return { lower: -Infinity, upper: Infinity };
  }
  if (range !== undefined && !Number.isFinite(limits.upper - limits.lower)) {
    scanner.fail(`RHS and RANGES of row ${quote(contents.rowNames[i])} overflow the doubles`, scanner.start);
  }
  return limits;
}

function columnLimits(contents: MpsContents, j: number): Limits {
  const upper = contents.upper.get(j);
  const lower = contents.lower.get(j);
  if (upper === undefined && lower === undefined && contents.integer.has(j)) return { lower: 0, upper: 1 };
  return { lower: lower ?? ((upper ?? 0) < 0 ? -Infinity : 0), upper: upper ?? Infinity };
}
