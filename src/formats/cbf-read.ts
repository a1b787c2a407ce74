import { svecIndex, svecLength } from "../problem/svec.ts";
import { assembleCbf } from "./cbf-assemble.ts";
import { readDomain } from "./cbf-cones.ts";
import type { CbfDomain } from "./cbf-cones.ts";
import { EntryList } from "./entry-list.ts";
import { quote } from "./line-scanner.ts";
import type { LineScanner } from "./line-scanner.ts";
import type { SourcedProblem } from "./problem-source.ts";
import { sizeLimit } from "./read-options.ts";
import type { ReadOptions } from "./read-options.ts";

/** Everything of a CBF file in its own terms; matrices over PSD variables and constraints as svec. */
export interface CbfContents {
  version: number;
  sign: 1 | -1;
  offset: number;
  scalarVariables: number;
  variableDomains: CbfDomain[];
  /** Orders, and the first column (after the scalar variables) of each. */
  psdVariables: number[];
  psdVariableStart: number[];
  scalarConstraints: number;
  constraintDomains: CbfDomain[];
  /** Orders, and the first row of each in `psdRows`. */
  psdConstraints: number[];
  psdConstraintStart: number[];
  integers: number;
  /** One row over all variables. */
  readonly costs: EntryList;
  /** g = (rows)·x + (rowConstants), one column each. */
  readonly rows: EntryList;
  readonly rowConstants: EntryList;
  readonly psdRows: EntryList;
  readonly psdConstants: EntryList;
}

/**
 * Conic Benchmark Format, versions 1 to 4 (Friberg, CBLIB; MOSEK manual): min or max of an affine objective
 * over scalar and PSD variables, with scalar rows in cones and PSD constraints. The result's x is the scalar
 * variables followed by svec of each PSD variable; cones on variables become rows with −I. Rows come as:
 * zero, nonnegative, then the other cones of VAR, the PSD variables, the other cones of CON, the PSD
 * constraints.
 *
 * Refused with FormatError (line, column): integer variables unless `relaxIntegers`, CHANGE (hot-start
 * changes), power cones of more than three rows, unknown keywords, an entry given twice (the two sides of the
 * diagonal may both be given if they agree).
 */
export async function readCbf(scanner: LineScanner, options: ReadOptions): Promise<SourcedProblem> {
  return assembleCbf(await new CbfReader(scanner, options).read(), scanner, options);
}

class CbfReader {
  private readonly scanner: LineScanner;
  private readonly options: ReadOptions;
  private readonly limit: number;
  private readonly seen = new Set<string>();
  private readonly powers: { power: number[]; dualPower: number[] } = { power: [], dualPower: [] };
  private readonly contents: CbfContents = {
    version: 0,
    sign: 1,
    offset: 0,
    scalarVariables: 0,
    variableDomains: [],
    psdVariables: [],
    psdVariableStart: [],
    scalarConstraints: 0,
    constraintDomains: [],
    psdConstraints: [],
    psdConstraintStart: [],
    integers: 0,
    costs: new EntryList(),
    rows: new EntryList(),
    rowConstants: new EntryList(),
    psdRows: new EntryList(),
    psdConstants: new EntryList(),
  };

  constructor(scanner: LineScanner, options: ReadOptions) {
    this.scanner = scanner;
    this.options = options;
    this.limit = sizeLimit(options);
  }

  async read(): Promise<CbfContents> {
    const { scanner, contents } = this;
    while (await this.advance()) {
      const at = scanner.pos;
      const keyword = scanner.word();
      scanner.expectLineEnd("a keyword");
      if (contents.version === 0 && keyword !== "VER") {
        scanner.fail(`a CBF file begins with VER, found ${quote(keyword)}`, at);
      }
      if (this.seen.has(keyword)) scanner.fail(`${keyword} is given twice`, at);
      this.seen.add(keyword);
      await this.section(keyword, at);
    }
    if (contents.version === 0) scanner.failEnd("the keyword VER");
    if (!this.seen.has("OBJSENSE")) scanner.failEnd("OBJSENSE, which is missing");
    return contents;
  }

  private async section(keyword: string, at: number): Promise<void> {
    const { scanner, contents } = this;
    switch (keyword) {
      case "VER":
        await this.require(keyword);
        contents.version = scanner.integer("the version", 1, 4);
        return scanner.expectLineEnd("the version");
      case "OBJSENSE": {
        await this.require(keyword);
        const sense = scanner.word();
        if (sense !== "MIN" && sense !== "MAX")
          scanner.fail(`expected MIN or MAX, found ${quote(sense)}`, scanner.start);
        contents.sign = sense === "MIN" ? 1 : -1;
        return scanner.expectLineEnd("the sense");
      }
      case "POWCONES":
        return this.powerTable(keyword, this.powers.power);
      case "POW*CONES":
        return this.powerTable(keyword, this.powers.dualPower);
      case "VAR":
        contents.scalarVariables = await this.domains(keyword, contents.variableDomains);
        return;
      case "CON":
        contents.scalarConstraints = await this.domains(keyword, contents.constraintDomains);
        return;
      case "PSDVAR":
        return this.orders(keyword, contents.psdVariables, contents.psdVariableStart);
      case "PSDCON":
        return this.orders(keyword, contents.psdConstraints, contents.psdConstraintStart);
      case "INT":
        return this.integers(at);
      case "OBJBCOORD":
        await this.require(keyword);
        contents.offset = scanner.number("the constant of the objective");
        return scanner.expectLineEnd("the constant of the objective");
      case "CHANGE":
        return scanner.fail(
          "CHANGE (a sequence of changed problems) is not supported; cut the file before it",
          at,
        );
      default:
        return this.coordinates(keyword, at);
    }
  }

  /** Sparse coordinates: a count, then one entry a line. */
  private async coordinates(keyword: string, at: number): Promise<void> {
    const { scanner, contents } = this;
    const line = READERS[keyword];
    if (line === undefined) scanner.fail(`unknown keyword ${quote(keyword)}`, at);
    await this.require(keyword);
    const count = scanner.integer(`the number of entries of ${keyword}`, 0, Number.MAX_SAFE_INTEGER);
    scanner.expectLineEnd("the number of entries");
    for (let k = 0; k < count; k++) {
      if (!this.advanceWithin() && !(await this.advance())) {
        scanner.failEnd(`${keyword} (${k} of ${count} entries read)`);
      }
      line.call(this, contents);
      scanner.expectLineEnd("the entry");
    }
  }

  private index(what: string, count: number): number {
    if (count === 0) this.scanner.fail(`the file declares no ${what} before this entry`);
    return this.scanner.integer(`the index of a ${what}`, 0, count - 1);
  }

  scalarVariable(): number {
    return this.index("scalar variable", this.contents.scalarVariables);
  }

  scalarConstraint(): number {
    return this.index("scalar constraint", this.contents.scalarConstraints);
  }

  /** Reads "k l value" of a symmetric matrix of this order; coefficient of ⟨F, X⟩ or F itself in svec. */
  private pushSymmetric(
    list: EntryList,
    row: number | "svec",
    col: number,
    start: number,
    order: number,
  ): void {
    const { scanner } = this;
    const k = scanner.integer("the row index", 0, order - 1);
    const l = scanner.integer("the column index", 0, order - 1);
    const value = scanner.number("the value of the entry") * (k === l ? 1 : Math.SQRT2);
    const place = start + svecIndex(order, k, l);
    const origin = k >= l ? scanner.line : -scanner.line;
    if (value === 0) return;
    if (!Number.isFinite(value))
      scanner.fail("the value of the entry times √2 is beyond the range of a double");
    if (row === "svec") list.push(place, col, value, origin);
    else list.push(row, place, value, origin);
  }

  /** "j k l value": a coefficient on entry (k, l) of PSD variable j. */
  psdVariableEntry(list: EntryList, row: number): void {
    const { contents } = this;
    const j = this.index("PSD variable", contents.psdVariables.length);
    const start = contents.scalarVariables + contents.psdVariableStart[j];
    this.pushSymmetric(list, row, 0, start, contents.psdVariables[j]);
  }

  psdConstraint(): number {
    return this.index("PSD constraint", this.contents.psdConstraints.length);
  }

  /** "k l value" of PSD constraint i. */
  psdConstraintEntry(list: EntryList, i: number, col: number): void {
    const { contents } = this;
    this.pushSymmetric(list, "svec", col, contents.psdConstraintStart[i], contents.psdConstraints[i]);
  }

  /** "value" at (row, col). */
  scalarEntry(list: EntryList, row: number, col: number): void {
    const value = this.scanner.number("the value of the entry");
    if (value !== 0) list.push(row, col, value, this.scanner.line);
  }

  private async powerTable(keyword: string, table: number[]): Promise<void> {
    const { scanner } = this;
    await this.require(keyword);
    const cones = scanner.integer("the number of power cones", 0, this.limit);
    const total = scanner.integer("the number of exponents", 0, Number.MAX_SAFE_INTEGER);
    scanner.expectLineEnd("the two counts");
    if (total !== 2 * cones) {
      scanner.fail(
        `${cones} power cones have ${total} exponents; only cones of two (three rows) are supported`,
      );
    }
    const exponent = async (): Promise<number> => {
      await this.require(keyword);
      const at = scanner.pos;
      const value = scanner.number("an exponent");
      if (!(value > 0)) scanner.fail("an exponent of a power cone must be positive", at);
      scanner.expectLineEnd("an exponent");
      return value;
    };
    for (let k = 0; k < cones; k++) {
      await this.require(keyword);
      scanner.integer("the number of exponents of a power cone (only 2 is supported)", 2, 2);
      scanner.expectLineEnd("the number of exponents");
      const first = await exponent();
      const second = await exponent();
      const alpha = first / (first + second);
      if (!(alpha > 0 && alpha < 1)) scanner.fail(`the exponents ${first} and ${second} are too far apart`);
      table.push(alpha);
    }
  }

  private async domains(keyword: string, domains: CbfDomain[]): Promise<number> {
    const { scanner } = this;
    await this.require(keyword);
    const what = keyword === "VAR" ? "scalar variables" : "scalar constraints";
    const total = scanner.integer(`the number of ${what}`, 0, this.limit);
    const cones = scanner.integer("the number of cones", 0, this.limit);
    scanner.expectLineEnd("the two counts");
    let sum = 0;
    for (let k = 0; k < cones; k++) {
      await this.require(`${keyword} (${k} of ${cones} cones read)`);
      const domain = readDomain(scanner, this.powers, this.limit);
      sum += domain.dim;
      if (sum > total)
        scanner.fail(`the cones have ${sum} rows or more, but ${keyword} says ${total}`, scanner.start);
      domains.push(domain);
    }
    if (sum !== total)
      scanner.fail(`the cones have ${sum} rows, but ${keyword} says ${total}`, scanner.start);
    return total;
  }

  private async orders(keyword: string, orders: number[], start: number[]): Promise<void> {
    const { scanner } = this;
    await this.require(keyword);
    const count = scanner.integer("the number of PSD matrices", 0, this.limit);
    scanner.expectLineEnd("the number of PSD matrices");
    let total = 0;
    for (let k = 0; k < count; k++) {
      await this.require(`${keyword} (${k} of ${count} orders read)`);
      const order = scanner.integer("the order of a PSD matrix", 1, this.limit);
      scanner.expectLineEnd("the order");
      start.push(total);
      orders.push(order);
      total += svecLength(order);
      if (total > this.limit) {
        scanner.fail(
          `the PSD matrices have ${total} entries, over the limit maxSize = ${this.limit}`,
          scanner.start,
        );
      }
    }
  }

  private async integers(at: number): Promise<void> {
    const { scanner, contents, options } = this;
    if (options.relaxIntegers !== true) {
      scanner.fail(
        "the problem has integer variables (INT), which are not supported; relaxIntegers drops the condition",
        at,
      );
    }
    await this.require("INT");
    const count = scanner.integer("the number of integer variables", 0, contents.scalarVariables);
    scanner.expectLineEnd("the number of integer variables");
    for (let k = 0; k < count; k++) {
      await this.require(`INT (${k} of ${count} indices read)`);
      this.scalarVariable();
      scanner.expectLineEnd("an index");
    }
    contents.integers = count;
  }

  /** Moves on to the next line that is neither blank nor a comment. */
  private async advance(): Promise<boolean> {
    const { scanner } = this;
    while (scanner.nextLine() || (await scanner.loadLine())) {
      if (!scanner.skip() && scanner.peek() !== 35) return true;
    }
    return false;
  }

  /** The same without waiting, false where the buffer has no complete line. */
  private advanceWithin(): boolean {
    const { scanner } = this;
    while (scanner.nextLine()) if (!scanner.skip() && scanner.peek() !== 35) return true;
    return false;
  }

  private async require(what: string): Promise<void> {
    if (!(await this.advance())) this.scanner.failEnd(what);
  }
}

/** One line of each coordinate section. */
const READERS: Readonly<Record<string, (this: CbfReader, contents: CbfContents) => void>> = {
  OBJFCOORD(contents) {
    this.psdVariableEntry(contents.costs, 0);
  },
  OBJACOORD(contents) {
    this.scalarEntry(contents.costs, 0, this.scalarVariable());
  },
  FCOORD(contents) {
    this.psdVariableEntry(contents.rows, this.scalarConstraint());
  },
  ACOORD(contents) {
    const row = this.scalarConstraint();
    this.scalarEntry(contents.rows, row, this.scalarVariable());
  },
  BCOORD(contents) {
    this.scalarEntry(contents.rowConstants, this.scalarConstraint(), 0);
  },
  HCOORD(contents) {
    const i = this.psdConstraint();
    this.psdConstraintEntry(contents.psdRows, i, this.scalarVariable());
  },
  DCOORD(contents) {
    this.psdConstraintEntry(contents.psdConstants, this.psdConstraint(), 0);
  },
};
