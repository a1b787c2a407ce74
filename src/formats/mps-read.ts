import { EntryList } from "./entry-list.ts";
import { quote } from "./line-scanner.ts";
import type { LineScanner } from "./line-scanner.ts";
import { assembleMps } from "./mps-assemble.ts";
import { fieldNumber, fixedFields, requireNumber, splitFields } from "./mps-lines.ts";
import type { MpsFields } from "./mps-lines.ts";
import type { SourcedProblem } from "./problem-source.ts";
import { sizeLimit } from "./read-options.ts";
import type { ReadOptions } from "./read-options.ts";

export type MpsRowType = "N" | "E" | "L" | "G";

/** Everything of an MPS file in its own terms. */
export interface MpsContents {
  name: string;
  sign: 1 | -1;
  objectiveName: string;
  readonly rowNames: string[];
  readonly rowTypes: MpsRowType[];
  readonly rowIndex: Map<string, number>;
  readonly columnNames: string[];
  readonly columnIndex: Map<string, number>;
  readonly integer: Set<number>;
  /** All rows of the file, free ones too. */
  readonly entries: EntryList;
  /** By row of the file. */
  readonly rhs: Map<number, number>;
  readonly ranges: Map<number, number>;
  /** By column; absent sides are the default. */
  readonly lower: Map<number, number>;
  readonly upper: Map<number, number>;
  boundLines: number;
  rangeLines: number;
}

/**
 * MPS, fixed and free (IBM MPSX; the common rules of CPLEX where readers differ).
 *
 * - Lines are split at white space; a line that does not fit is read by the fixed columns 2–3, 5–12, 15–22,
 *   25–36, 40–47, 50–61 (names with blanks). A ROWS name with blanks makes the whole file fixed. `mpsForm`
 *   decides otherwise.
 * - The objective is the first N row, or the one OBJECT/OBJNAME names; other N rows are dropped. An RHS on
 *   it is minus its constant. OBJSENSE MAX is supported. Blank RHS, RANGES and BOUNDS set names are allowed;
 *   only the first set of each is used.
 * - RANGES R: L [rhs − |R|, rhs], G [rhs, rhs + |R|], E [rhs, rhs + R] or [rhs + R, rhs] by the sign of R.
 * - Bounds UP LO FX FR MI PL, default [0, ∞); a negative UP with no lower bound given makes the lower one −∞;
 *   |bound| ≥ 1e20 is infinite. Integers (MARKER, BV, LI, UI) are refused unless `relaxIntegers`; marked
 *   columns without bounds are then in [0, 1]. Semicontinuous variables, SOS and quadratic sections are
 *   refused.
 *
 * x is the columns in the order of the file. Rows: equalities, fixed variables; then inequalities and ranges
 * (as s = rhs − ax, or s = ax − rhs for lower sides), then bounds, all nonnegative. Throws FormatError.
 */
export async function readMps(scanner: LineScanner, options: ReadOptions): Promise<SourcedProblem> {
  return assembleMps(await new MpsReader(scanner, options).read(), scanner, options);
}

const SECTIONS = new Set([
  "NAME",
  "ROWS",
  "COLUMNS",
  "RHS",
  "RANGES",
  "BOUNDS",
  "ENDATA",
  "OBJSENSE",
  "OBJECT",
  "OBJNAME",
]);
const REFUSED: Readonly<Record<string, string>> = {
  SOS: "special ordered sets are not supported",
  SOS1: "special ordered sets are not supported",
  SOS2: "special ordered sets are not supported",
  SETS: "special ordered sets are not supported",
  QUADOBJ: "quadratic objectives in MPS are not supported; use the JSON form",
  QMATRIX: "quadratic objectives in MPS are not supported; use the JSON form",
  QSECTION: "quadratic objectives in MPS are not supported; use the JSON form",
  QCMATRIX: "quadratic constraints in MPS are not supported; use CBF",
  CSECTION: "cones in MPS are not supported; use CBF",
  INDICATORS: "indicator constraints are not supported",
  LAZYCONS: "lazy constraints are not supported",
  USERCUTS: "user cuts are not supported",
};

class MpsReader {
  private readonly scanner: LineScanner;
  private readonly options: ReadOptions;
  private readonly limit: number;
  private fixed: boolean;
  private inIntegers = false;
  private column = -1;
  private columnName = "";
  private readonly sets = new Map<string, string>();
  private readonly contents: MpsContents = {
    name: "",
    sign: 1,
    objectiveName: "",
    rowNames: [],
    rowTypes: [],
    rowIndex: new Map(),
    columnNames: [],
    columnIndex: new Map(),
    integer: new Set(),
    entries: new EntryList(),
    rhs: new Map(),
    ranges: new Map(),
    lower: new Map(),
    upper: new Map(),
    boundLines: 0,
    rangeLines: 0,
  };

  constructor(scanner: LineScanner, options: ReadOptions) {
    this.scanner = scanner;
    this.options = options;
    this.limit = sizeLimit(options);
    this.fixed = options.mpsForm === "fixed";
  }

  async read(): Promise<MpsContents> {
    const scanner: LineScanner = this.scanner;
    const { contents } = this;
    const seen = new Set<string>();
    let section = "";
    while (scanner.nextLine() || (await scanner.loadLine())) {
      const first = scanner.peek();
      if (first === 42 || scanner.skip()) continue;
      const indented = scanner.pos > scanner.start;
      if (indented) {
        scanner.pos = scanner.start;
        this.data(section);
        continue;
      }
      section = this.header();
      if (seen.has(section)) scanner.fail(`section ${section} is given twice`, scanner.start);
      seen.add(section);
      if (section === "COLUMNS" && !seen.has("ROWS"))
        scanner.fail("COLUMNS comes before ROWS", scanner.start);
      if (["RHS", "RANGES", "BOUNDS"].includes(section) && !seen.has("COLUMNS")) {
        scanner.fail(`${section} comes before COLUMNS`, scanner.start);
      }
      if (section === "ENDATA") break;
    }
    if (section !== "ENDATA") {
      scanner.failEnd(
        section === "" ? "the first section (NAME or ROWS)" : `section ${section}; ENDATA is missing`,
      );
    }
    for (const needed of ["ROWS", "COLUMNS"]) {
      if (!seen.has(needed)) scanner.fail(`the file has no section ${needed}`, scanner.start);
    }
    return contents;
  }

  private header(): string {
    const scanner: LineScanner = this.scanner;
    const { contents } = this;
    const { texts, at } = splitFields(scanner);
    const name = texts[0].toUpperCase();
    const refused = REFUSED[name];
    if (refused !== undefined) scanner.fail(refused, at[0]);
    if (!SECTIONS.has(name)) {
      scanner.fail(`unknown section ${quote(texts[0])}; data lines begin with a blank`, at[0]);
    }
    if (name === "NAME") {
      contents.name = texts[1] ?? "";
      if (texts.at(-1)?.toUpperCase() === "FREE" && texts.length > 2 && this.options.mpsForm === undefined)
        this.fixed = false;
    } else if (name === "OBJSENSE" && texts.length > 1) this.sense(texts[1], at[1]);
    return name;
  }

  private sense(text: string, at: number): void {
    const sense = text.toUpperCase();
    if (!["MIN", "MAX", "MINIMIZE", "MAXIMIZE", "MINIMISE", "MAXIMISE"].includes(sense)) {
      this.scanner.fail(`expected MIN or MAX, found ${quote(text)}`, at);
    }
    this.contents.sign = sense.startsWith("MAX") ? -1 : 1;
  }

  private data(section: string): void {
    const scanner: LineScanner = this.scanner;
    const { contents } = this;
    switch (section) {
      case "ROWS":
        return this.row();
      case "COLUMNS":
        return this.columnLine();
      case "RHS":
      case "RANGES":
        return this.rowValues(section);
      case "BOUNDS":
        return this.bound();
      case "OBJSENSE": {
        const { texts, at } = splitFields(scanner);
        return this.sense(texts[0], at[0]);
      }
      case "OBJECT":
      case "OBJNAME":
        contents.objectiveName = this.fixed
          ? scanner.text(scanner.start, scanner.end).trim()
          : splitFields(scanner).texts[0];
        return;
      default:
        scanner.skip();
        scanner.fail(
          section === "" ? "a data line before the first section" : `section ${section} has no data lines`,
        );
    }
  }

  private row(): void {
    const scanner: LineScanner = this.scanner;
    const { contents } = this;
    let fields = splitFields(scanner);
    if (!this.fixed && fields.texts.length > 2 && this.options.mpsForm !== "free") this.fixed = true;
    if (this.fixed) fields = fixedFields(scanner);
    const [type, name = ""] = fields.texts;
    const upper = type.toUpperCase();
    if (upper !== "N" && upper !== "E" && upper !== "L" && upper !== "G") {
      scanner.fail(`expected a row type N, E, L or G, found ${quote(type)}`, fields.at[0]);
    }
    if (name === "") scanner.fail("the row has no name", fields.at[1] ?? scanner.end);
    if (fields.texts.length > 2 && !this.fixed)
      scanner.fail("expected the end of the line after the row name", fields.at[2]);
    if (contents.rowIndex.has(name)) scanner.fail(`row ${quote(name)} is given twice`, fields.at[1]);
    if (contents.rowNames.length >= this.limit)
      scanner.fail(`more rows than the limit maxSize = ${this.limit}`, fields.at[0]);
    contents.rowIndex.set(name, contents.rowNames.length);
    contents.rowNames.push(name);
    contents.rowTypes.push(upper);
  }

  /** Fields as [set or column name, then name and value pairs]; which layout fits decides the reading. */
  private pairs(free: MpsFields, blankSet: boolean): MpsFields {
    const scanner: LineScanner = this.scanner;
    if (!this.fixed) {
      const { texts, at } = free;
      const numeric = (k: number): boolean => fieldNumber(texts[k]) !== undefined;
      const n = texts.length;
      if ((n === 3 && numeric(2)) || (n === 5 && numeric(2) && numeric(4))) return free;
      if (blankSet && ((n === 2 && numeric(1)) || (n === 4 && numeric(1) && numeric(3)))) {
        return { texts: ["", ...texts], at: [scanner.start, ...at] };
      }
      if (this.options.mpsForm === "free") return free;
      const columns = this.fixedPairs();
      const value = columns.texts[2];
      const fits =
        columns.texts.length > 2 && columns.texts[1] !== "" && fieldNumber(value ?? "") !== undefined;
      return fits ? columns : free;
    }
    return this.fixedPairs();
  }

  private fixedPairs(): MpsFields {
    const { texts, at } = fixedFields(this.scanner);
    const used = texts[4] === "" && texts[5] === "" ? 4 : 6;
    return { texts: texts.slice(1, used), at: at.slice(1, used) };
  }

  private columnLine(): void {
    const scanner: LineScanner = this.scanner;
    const { contents } = this;
    const free = splitFields(scanner);
    if (this.marker(free)) return;
    const { texts, at } = this.pairs(free, false);
    const name = texts[0];
    if (texts.length !== 3 && texts.length !== 5) {
      scanner.fail("expected a column name and one or two pairs of row name and value", at[0]);
    }
    if (this.column < 0 || name !== this.columnName) this.openColumn(name, at[0]);
    for (let k = 1; k + 1 < texts.length; k += 2) {
      const row = contents.rowIndex.get(texts[k]);
      if (row === undefined) scanner.fail(`unknown row ${quote(texts[k])}`, at[k]);
      const value = requireNumber(scanner, texts[k + 1], at[k + 1], "the value of the entry");
      if (value !== 0) contents.entries.push(row, this.column, value, scanner.line);
    }
  }

  private openColumn(name: string, at: number): void {
    const scanner: LineScanner = this.scanner;
    const { contents } = this;
    if (name === "") scanner.fail("the column has no name", at);
    if (contents.columnIndex.has(name)) {
      scanner.fail(`column ${quote(name)} was begun before; the entries of a column stand together`, at);
    }
    if (contents.columnNames.length >= this.limit)
      scanner.fail(`more columns than the limit maxSize = ${this.limit}`, at);
    this.column = contents.columnNames.length;
    this.columnName = name;
    contents.columnIndex.set(name, this.column);
    contents.columnNames.push(name);
    if (this.inIntegers) contents.integer.add(this.column);
  }

  private marker({ texts, at }: MpsFields): boolean {
    const scanner: LineScanner = this.scanner;
    const k = texts.indexOf("'MARKER'");
    if (k < 0) return false;
    const kind = texts[k + 1] ?? "";
    if (kind !== "'INTORG'" && kind !== "'INTEND'") {
      scanner.fail(
        `expected 'INTORG' or 'INTEND' after 'MARKER', found ${quote(kind)}`,
        at[k + 1] ?? scanner.end,
      );
    }
    this.inIntegers = kind === "'INTORG'";
    if (this.inIntegers) this.refuseIntegers(at[k]);
    return true;
  }

  private refuseIntegers(at: number): void {
    if (this.options.relaxIntegers !== true) {
      this.scanner.fail(
        "the problem has integer variables, which are not supported; relaxIntegers makes them continuous",
        at,
      );
    }
  }

  /** Whether a line of this set is used: the first set of a section only. */
  private usesSet(section: string, name: string): boolean {
    const first = this.sets.get(section);
    if (first === undefined) this.sets.set(section, name);
    return first === undefined || first === name;
  }

  private rowValues(section: "RHS" | "RANGES"): void {
    const scanner: LineScanner = this.scanner;
    const { contents } = this;
    const { texts, at } = this.pairs(splitFields(scanner), true);
    if (texts.length !== 3 && texts.length !== 5) {
      scanner.fail(`expected a set name and one or two pairs of row name and value`, at[0]);
    }
    if (!this.usesSet(section, texts[0])) return;
    const values = section === "RHS" ? contents.rhs : contents.ranges;
    for (let k = 1; k + 1 < texts.length; k += 2) {
      const row = contents.rowIndex.get(texts[k]);
      if (row === undefined) scanner.fail(`unknown row ${quote(texts[k])}`, at[k]);
      if (values.has(row)) scanner.fail(`${section} of row ${quote(texts[k])} is given twice`, at[k]);
      values.set(row, requireNumber(scanner, texts[k + 1], at[k + 1], `the ${section} value`));
    }
    if (section === "RANGES") contents.rangeLines++;
  }

  private bound(): void {
    const scanner: LineScanner = this.scanner;
    const { contents } = this;
    const { type, set, name, value, at } = this.boundFields();
    const column = contents.columnIndex.get(name);
    if (column === undefined) scanner.fail(`unknown column ${quote(name)}`, at);
    if (!this.usesSet("BOUNDS", set)) return;
    contents.boundLines++;
    const number = (): number => {
      if (/^[+-]?inf(inity)?$/i.test(value)) return value.startsWith("-") ? -Infinity : Infinity;
      const bound = requireNumber(scanner, value, scanner.pos, "the bound");
      return Math.abs(bound) >= 1e20 ? Math.sign(bound) * Infinity : bound;
    };
    const finite = (bound: number): number => {
      if (!Number.isFinite(bound))
        scanner.fail(`bound ${type} of column ${quote(name)} must be finite`, scanner.pos);
      return bound;
    };
    const { lower, upper } = contents;
    switch (type) {
      case "UP":
      case "UI":
        if (type === "UI") this.markInteger(column);
        upper.set(column, number());
        if (upper.get(column) === -Infinity)
          scanner.fail("an upper bound must not be -infinite", scanner.pos);
        return;
      case "LO":
      case "LI":
        if (type === "LI") this.markInteger(column);
        lower.set(column, number());
        if (lower.get(column) === Infinity) scanner.fail("a lower bound must not be infinite", scanner.pos);
        return;
      case "FX": {
        const fixed = finite(number());
        lower.set(column, fixed);
        upper.set(column, fixed);
        return;
      }
      case "FR":
        lower.set(column, -Infinity);
        upper.set(column, Infinity);
        return;
      case "MI":
        lower.set(column, -Infinity);
        return;
      case "PL":
        upper.set(column, Infinity);
        return;
      case "BV":
        this.markInteger(column);
        lower.set(column, 0);
        upper.set(column, 1);
        return;
      default:
        scanner.fail("semicontinuous variables are not supported", scanner.start);
    }
  }

  private markInteger(column: number): void {
    this.refuseIntegers(this.scanner.start);
    this.contents.integer.add(column);
  }

  private boundFields(): { type: string; set: string; name: string; value: string; at: number } {
    const scanner: LineScanner = this.scanner;
    const { contents } = this;
    const free = splitFields(scanner);
    const type = free.texts[0].toUpperCase();
    if (!BOUND_TYPES.has(type)) {
      scanner.fail(
        `expected a bound type (${[...BOUND_TYPES].join(", ")}), found ${quote(free.texts[0])}`,
        free.at[0],
      );
    }
    const valueless = VALUELESS.has(type);
    const known = (k: number): boolean => k < free.texts.length && contents.columnIndex.has(free.texts[k]);
    if (!this.fixed) {
      const n = free.texts.length;
      // The set name may be blank, and a value may follow a type that needs none.
      const named = known(2) && n >= (valueless ? 3 : 4) && n <= 4;
      const blank = known(1) && n >= (valueless ? 2 : 3) && n <= 3;
      const k = named ? 2 : blank ? 1 : -1;
      if (k > 0) {
        scanner.pos = free.at[k + 1] ?? scanner.end;
        return {
          type,
          set: k === 2 ? free.texts[1] : "",
          name: free.texts[k],
          value: free.texts[k + 1] ?? "",
          at: free.at[k],
        };
      }
      if (this.options.mpsForm === "free") {
        const at = n >= (valueless ? 3 : 4) ? 2 : 1;
        return {
          type,
          set: "",
          name: free.texts[at] ?? "",
          value: free.texts[at + 1] ?? "",
          at: free.at[at] ?? scanner.end,
        };
      }
    }
    const { texts, at } = fixedFields(scanner);
    const fits = this.fixed || contents.columnIndex.has(texts[2]);
    scanner.pos = at[3];
    if (fits) return { type, set: texts[1], name: texts[2], value: texts[3], at: at[2] };
    const k = free.texts.length >= (valueless ? 3 : 4) ? 2 : 1;
    return {
      type,
      set: "",
      name: free.texts[k] ?? "",
      value: free.texts[k + 1] ?? "",
      at: free.at[k] ?? scanner.end,
    };
  }
}

const BOUND_TYPES = new Set(["UP", "LO", "FX", "FR", "MI", "PL", "BV", "LI", "UI", "SC"]);
const VALUELESS = new Set(["FR", "MI", "PL", "BV"]);
