import type { ConicProblem } from "../problem/conic-problem.ts";

/** What a file said that the ConicProblem does not: how to map a solution back to the file's own terms. */
export type ProblemSource = SdpaSource | CbfSource | MpsSource | JsonSource;

/** A ConicProblem with the record of the file it was read from. */
export interface SourcedProblem extends ConicProblem {
  readonly source: ProblemSource;
}

/**
 * Row blockRows[k] of s and y is the first of block k: |blockSizes[k]| rows of the diagonal where the size is
 * negative or 1, else the svec of a matrix of that order. X of (P) is s, Y of (D) is y, x is x.
 */
export interface SdpaSource {
  readonly format: "sdpa";
  readonly file: string;
  /** As in the file: negative for diagonal blocks. */
  readonly blockSizes: Int32Array;
  readonly blockRows: Int32Array;
  /** Entries of F_0 and of F_1 … F_m that are not zero. */
  readonly constantEntries: number;
  readonly matrixEntries: number;
}

/** x is the file's scalar variables followed by the svec of each PSD variable. */
export interface CbfSource {
  readonly format: "cbf";
  readonly file: string;
  readonly version: number;
  readonly scalarVariables: number;
  readonly psdVariables: readonly number[];
  readonly scalarConstraints: number;
  readonly psdConstraints: readonly number[];
  readonly matrixEntries: number;
  /** Indices of variables declared integer and relaxed. */
  readonly relaxedIntegers: number;
}

/**
 * x is the file's columns; row i of the file stands in row constraintRows[i] of s (see mps.ts), -1 if in
 * none.
 */
export interface MpsSource {
  readonly format: "mps";
  readonly file: string;
  readonly columnNames: readonly string[];
  /** Constraint rows, without the objective and other free rows. */
  readonly rowNames: readonly string[];
  readonly rowTypes: readonly ("E" | "L" | "G")[];
  readonly constraintRows: Int32Array;
  readonly objectiveName: string;
  readonly matrixEntries: number;
  readonly boundLines: number;
  readonly rangeLines: number;
  readonly relaxedIntegers: number;
}

export interface JsonSource {
  readonly format: "json";
  readonly file: string;
}
