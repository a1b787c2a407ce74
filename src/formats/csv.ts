import { FormatError } from "../errors.ts";
import { quote } from "./line-scanner.ts";

/** A table of text cells; an empty cell is missing, `undefined` (a quoted empty cell is the empty text). */
export interface CsvTable {
  /** Column names; empty where the table was read without a header. */
  readonly header: readonly string[];
  /** rows[i][k], every row as long as the first. */
  readonly rows: readonly (readonly (string | undefined)[])[];
  /** One-based line of the file where each row begins. */
  readonly lines: Int32Array;
  readonly name: string;
}

export interface CsvOptions {
  /** For errors. Default "table.csv". */
  readonly name?: string;
  /** One character. Default ",". */
  readonly separator?: string;
  /** Whether the first row names the columns. Default true. */
  readonly header?: boolean;
}

/**
 * Comma-separated values (RFC 4180): quoted cells may hold separators, line ends and doubled quotes; lines
 * end in LF or CRLF; blank lines are passed over; white space around an unquoted cell is dropped. Throws
 * FormatError on an open quote, text after a closing quote, a row of another length, an empty or repeated
 * column name.
 */
export function parseCsv(text: string, options: CsvOptions = {}): CsvTable {
  const { name = "table.csv", separator = ",", header: named = true } = options;
  const reader = new CsvReader(text, name, separator);
  const rows: (string | undefined)[][] = [];
  const lines: number[] = [];
  for (let row = reader.row(); row !== undefined; row = reader.row()) {
    if (rows.length > 0 && row.length !== rows[0].length) {
      throw new FormatError(`the row has ${row.length} cells, the first one has ${rows[0].length}`, {
        file: name,
        line: reader.rowLine,
        column: 1,
      });
    }
    rows.push(row);
    lines.push(reader.rowLine);
  }
  if (!named) return { header: [], rows, lines: Int32Array.from(lines), name };
  const first = rows.shift();
  if (first === undefined)
    throw new FormatError("the table is empty: a header row was expected", {
      file: name,
      line: 1,
      column: 1,
    });
  const headerLine = lines.shift() ?? 1;
  const header = first.map((cell, k) => {
    if (cell === undefined || cell === "") {
      throw new FormatError(`column ${k + 1} has no name in the header`, { file: name, line: headerLine });
    }
    return cell;
  });
  header.forEach((cell, k) => {
    if (header.indexOf(cell) !== k) {
      throw new FormatError(`the header names column ${quote(cell)} twice`, { file: name, line: headerLine });
    }
  });
  return { header, rows, lines: Int32Array.from(lines), name };
}

/** Cells of a named column, missing ones `undefined`. Throws FormatError where there is no such column. */
export function csvColumn(table: CsvTable, column: string): (string | undefined)[] {
  const k = table.header.indexOf(column);
  if (k < 0) {
    throw new FormatError(`there is no column ${quote(column)}; the columns are ${table.header.join(", ")}`, {
      file: table.name,
      line: 1,
    });
  }
  return table.rows.map((row) => row[k]);
}

/**
 * A named column as numbers, NaN where the cell is missing. Throws FormatError at a cell that is no finite
 * number.
 */
export function csvNumbers(table: CsvTable, column: string): Float64Array {
  return Float64Array.from(csvColumn(table, column), (cell, i) => {
    if (cell === undefined) return NaN;
    const value = cell.trim() === "" ? NaN : Number(cell);
    if (!Number.isFinite(value)) {
      throw new FormatError(`column ${quote(column)} holds ${quote(cell)}; a finite number was expected`, {
        file: table.name,
        line: table.lines[i],
      });
    }
    return value;
  });
}

class CsvReader {
  rowLine = 1;
  private line = 1;
  private lineStart = 0;
  private pos: number;
  private readonly text: string;
  private readonly name: string;
  private readonly separator: string;

  constructor(text: string, name: string, separator: string) {
    this.text = text;
    this.name = name;
    this.separator = separator;
    this.pos = text.startsWith("\ufeff") ? 1 : 0;
    this.lineStart = this.pos;
  }

  /** The next row that is not blank. */
  row(): (string | undefined)[] | undefined {
    const { text } = this;
    while (this.pos < text.length) {
      this.rowLine = this.line;
      const cells: (string | undefined)[] = [this.cell()];
      while (text[this.pos] === this.separator) {
        this.pos++;
        cells.push(this.cell());
      }
      this.endLine();
      if (cells.length > 1 || cells[0] !== undefined) return cells;
    }
    return undefined;
  }

  private cell(): string | undefined {
    const { text, separator } = this;
    const begin = this.pos;
    while (text[this.pos] === " " || (text[this.pos] === "\t" && separator !== "\t")) this.pos++;
    if (text[this.pos] === '"') return this.quoted();
    this.pos = begin;
    while (this.pos < text.length && text[this.pos] !== separator && text[this.pos] !== "\n") {
      if (text[this.pos] === '"')
        this.fail(
          'a quote inside a cell that does not begin with one; write the cell as "…" with "" for a quote',
        );
      this.pos++;
    }
    const cell = text.slice(begin, this.pos).trim();
    return cell === "" ? undefined : cell;
  }

  private quoted(): string {
    const { text, separator } = this;
    const open = { line: this.line, column: this.pos - this.lineStart + 1 };
    let cell = "";
    let from = ++this.pos;
    for (;;) {
      const close = text.indexOf('"', this.pos);
      if (close < 0) {
        throw new FormatError("the quote opened here is never closed", { file: this.name, ...open });
      }
      for (
        let end = text.indexOf("\n", this.pos);
        end >= 0 && end < close;
        end = text.indexOf("\n", end + 1)
      ) {
        this.line++;
        this.lineStart = end + 1;
      }
      cell += text.slice(from, close);
      this.pos = close + 1;
      if (text[this.pos] !== '"') break;
      cell += '"';
      from = ++this.pos;
    }
    while (
      text[this.pos] === " " ||
      text[this.pos] === "\r" ||
      (text[this.pos] === "\t" && separator !== "\t")
    )
      this.pos++;
    if (this.pos < text.length && text[this.pos] !== separator && text[this.pos] !== "\n") {
      this.fail("text after a closing quote; a separator or the end of the line was expected");
    }
    return cell;
  }

  private endLine(): void {
    if (this.pos < this.text.length) {
      this.pos++;
      this.line++;
      this.lineStart = this.pos;
    }
  }

  private fail(message: string): never {
    throw new FormatError(message, {
      file: this.name,
      line: this.line,
      column: this.pos - this.lineStart + 1,
    });
  }
}
