import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors.ts";
import { csvColumn, csvNumbers, parseCsv } from "../../src/formats/csv.ts";

describe("CSV tables", () => {
  it("reads a header, missing cells, CRLF and blank lines", () => {
    const table = parseCsv("a,b,c\r\n1,,x\r\n\r\n 2 ,3,\r\n");
    expect(table.header).toEqual(["a", "b", "c"]);
    expect(table.rows).toEqual([
      ["1", undefined, "x"],
      ["2", "3", undefined],
    ]);
    expect([...table.lines]).toEqual([2, 4]);
    expect([...csvNumbers(table, "b")]).toEqual([NaN, 3]);
  });

  it("reads quoted cells with separators, quotes and line ends", () => {
    const table = parseCsv('name,note\n"Smith, J.","said ""no""\nand left"\nx,""');
    expect(table.rows).toEqual([
      ["Smith, J.", 'said "no"\nand left'],
      ["x", ""],
    ]);
    expect([...table.lines]).toEqual([2, 4]);
  });

  it("takes another separator and no header", () => {
    expect(parseCsv("1;2\n3;4\n", { separator: ";", header: false }).rows).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
  });

  it.each<[string, string, number, number | undefined, RegExp]>([
    ["an empty file", "", 1, 1, /empty/],
    ["an open quote", 'a,b\n1,"2\n3', 2, 3, /never closed/],
    ["text after a quote", 'a,b\n"1"x,2\n', 2, 4, /after a closing quote/],
    ["a quote inside a cell", 'a,b\n1"2,3\n', 2, 2, /quote inside/],
    ["a short row", "a,b\n1,2\n3\n", 3, 1, /1 cells, the first one has 2/],
    ["a long row", "a,b\n1,2,3\n", 2, 1, /3 cells/],
    ["a column twice", "a,a\n1,2\n", 1, undefined, /twice/],
    ["a column without name", "a,\n1,2\n", 1, undefined, /no name/],
  ])("refuses %s with its place", (_, text, line, column, message) => {
    const reading = (): unknown => parseCsv(text, { name: "t.csv" });
    expect(reading).toThrow(FormatError);
    expect(reading).toThrow(message);
    expect(reading).toThrow(
      expect.objectContaining({ location: expect.objectContaining({ file: "t.csv", line }) }),
    );
    if (column !== undefined) {
      expect(reading).toThrow(expect.objectContaining({ location: expect.objectContaining({ column }) }));
    }
  });

  it("names the cell that is no number, and the column that is missing", () => {
    const table = parseCsv("a,b\n1,2\nx,3\n");
    expect(() => csvNumbers(table, "a")).toThrow(/:3: column "a" holds "x"/);
    expect(() => csvColumn(table, "c")).toThrow(/no column "c"; the columns are a, b/);
  });

  it("gives back any table of quoted cells", () => {
    const table = fc.array(fc.array(fc.string({ unit: "grapheme" }), { minLength: 3, maxLength: 3 }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(table, (rows) => {
        const text = rows
          .map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(","))
          .join("\r\n");
        expect(parseCsv(text, { header: false }).rows).toEqual(rows);
      }),
      { seed: 51, numRuns: 300 },
    );
  });

  it("answers any text with a table or a FormatError", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "1", ",", '"', "\n", "\r", " ", "\t", "é"),
      maxLength: 60,
    });
    fc.assert(
      fc.property(text, (content) => {
        try {
          const { header, rows } = parseCsv(content);
          for (const row of rows) expect(row.length).toBe(header.length);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { seed: 52, numRuns: 2000 },
    );
  });
});
