import { describe, expect, it } from "vitest";
import { writeJson } from "../../src/formats/json-write.ts";
import type { MpsSource } from "../../src/formats/problem-source.ts";
import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import { denseA, expectFault, read, withoutSource } from "./reading.ts";

const EXAMPLE = `* comment
NAME          SAMPLE
ROWS
 N  COST
 L  LIM1
 G  LIM2
 E  MYEQN
COLUMNS
    X         COST               1.0   LIM1               1.0
    X         LIM2               1.0
    Y         COST               2.0   LIM1               1.0
    Y         MYEQN             -1.0
    Z         COST              -1.0   MYEQN              1.0
RHS
    RHS       COST               5.0   LIM1               4.0
    RHS       LIM2               1.0   MYEQN              7.0
BOUNDS
 UP BND       X                  4.0
 LO BND       Y                 -1.0
 UP BND       Y                  1.0
ENDATA
`;

/** What the rows of A say, as text: "2x −y = 3", "x ≤ 4". */
function statements(problem: ConicProblem): string[] {
  const zero = problem.cones[0]?.kind === "zero" ? problem.cones[0].dim : 0;
  return denseA(problem).map((row, i) => {
    const terms = row.flatMap((a, j) => (a === 0 ? [] : [`${a}x${j}`]));
    return `${terms.join(" ") || "0"} ${i < zero ? "=" : "<="} ${problem.b[i] + 0}`;
  });
}

function file(parts: {
  rows?: string;
  columns?: string;
  rhs?: string;
  ranges?: string;
  bounds?: string;
}): string {
  return (
    `NAME T\nROWS\n N C\n${parts.rows ?? ""}COLUMNS\n${parts.columns ?? " X C 1\n"}` +
    `RHS\n${parts.rhs ?? ""}${parts.ranges === undefined ? "" : `RANGES\n${parts.ranges}`}` +
    `${parts.bounds === undefined ? "" : `BOUNDS\n${parts.bounds}`}ENDATA\n`
  );
}

const bounded = async (bounds: string): Promise<string[]> => statements(await read(file({ bounds }), "mps"));
const ranged = async (type: string, rhs: string, range: string): Promise<string[]> =>
  statements(
    await read(
      file({
        rows: ` ${type} R\n`,
        columns: " X C 1 R 1\n",
        rhs: ` RHS R ${rhs}\n`,
        ranges: ` RNG R ${range}\n`,
        bounds: " FR B X\n",
      }),
      "mps",
    ),
  );

describe("MPS", () => {
  it("reads rows, columns, right-hand sides and bounds", async () => {
    const problem = await read(EXAMPLE, "mps");
    expect(problem.name).toBe("SAMPLE");
    expect([...problem.c]).toEqual([1, 2, -1]);
    expect(problem.objective).toEqual({ sign: 1, offset: -5 });
    expect(problem.cones).toEqual([
      { kind: "zero", dim: 1 },
      { kind: "nonnegative", dim: 7 },
    ]);
    expect(statements(problem)).toEqual([
      "-1x1 1x2 = 7",
      "1x0 1x1 <= 4",
      "-1x0 <= -1",
      "1x0 <= 4",
      "-1x0 <= 0",
      "1x1 <= 1",
      "-1x1 <= 1",
      "-1x2 <= 0",
    ]);
    const source = problem.source as MpsSource;
    expect(source.columnNames).toEqual(["X", "Y", "Z"]);
    expect(source.rowNames).toEqual(["LIM1", "LIM2", "MYEQN"]);
    expect([...source.constraintRows]).toEqual([1, 2, 0]);
  });

  it("reads the same as free and fixed form, with CRLF and without a last line end", async () => {
    const expected = await read(EXAMPLE, "mps");
    for (const mpsForm of ["fixed", "free", "auto"] as const) {
      expect(await read(EXAMPLE, "mps", { mpsForm }), mpsForm).toEqual(expected);
    }
    expect(await read(EXAMPLE.replaceAll("\n", "\r\n").trimEnd(), "mps")).toEqual(expected);
  });

  it("gives the same problem by way of JSON", async () => {
    const problem = await read(EXAMPLE, "mps");
    const back = await read([...writeJson(problem)].join(""), "json");
    expect(withoutSource(back)).toEqual(withoutSource(problem));
  });

  it("allows blank set names and names with blanks in fixed columns", async () => {
    const text = [
      "NAME          BLANKS",
      "ROWS",
      " N  COST",
      " L  A ROW",
      "COLUMNS",
      "    COL ONE   COST               1.0   A ROW              2.0",
      "RHS",
      "              A ROW              3.0",
      "BOUNDS",
      " UP           COL ONE            9.0",
      "ENDATA",
      "",
    ].join("\n");
    const problem = await read(text, "mps");
    expect((problem.source as MpsSource).columnNames).toEqual(["COL ONE"]);
    expect(statements(problem)).toEqual(["2x0 <= 3", "1x0 <= 9", "-1x0 <= 0"]);
  });

  it("turns a maximisation round", async () => {
    for (const sense of ["OBJSENSE MAX\n", "OBJSENSE\n    MAXIMIZE\n"]) {
      const problem = await read(EXAMPLE.replace("ROWS\n", `${sense}ROWS\n`), "mps");
      expect([...problem.c]).toEqual([-1, -2, 1]);
      expect(problem.objective).toEqual({ sign: -1, offset: -5 });
    }
  });

  it("takes the objective that is named and drops other free rows", async () => {
    const text = file({ rows: " N D\n", columns: " X C 1 D 7\n" }).replace("ROWS\n", "OBJNAME\n D\nROWS\n");
    const problem = await read(text, "mps");
    expect([...problem.c]).toEqual([7]);
    expect(problem.b.length).toBe(1);
  });

  it("reads every type of bound", async () => {
    expect(await bounded(" UP B X 4\n")).toEqual(["1x0 <= 4", "-1x0 <= 0"]);
    expect(await bounded(" LO B X 2\n")).toEqual(["-1x0 <= -2"]);
    expect(await bounded(" FX B X 3\n")).toEqual(["1x0 = 3"]);
    expect(await bounded(" FR B X\n")).toEqual([]);
    expect(await bounded(" MI B X\n")).toEqual([]);
    expect(await bounded(" MI B X\n UP B X 3\n")).toEqual(["1x0 <= 3"]);
    expect(await bounded(" PL B X\n")).toEqual(["-1x0 <= 0"]);
    expect(await bounded(" UP B X -2\n")).toEqual(["1x0 <= -2"]);
    expect(await bounded(" UP B X -2\n LO B X -5\n")).toEqual(["1x0 <= -2", "-1x0 <= 5"]);
    expect(await bounded(" UP B X 1e30\n")).toEqual(["-1x0 <= 0"]);
    expect(await bounded(" LO B X -inf\n")).toEqual([]);
    expect(await bounded(" UP X 4\n")).toEqual(["1x0 <= 4", "-1x0 <= 0"]);
    expect(await bounded(" LO B X 1\n UP B X 1\n")).toEqual(["1x0 = 1"]);
  });

  it("reads ranges on every type of row", async () => {
    expect(await ranged("L", "5", "2")).toEqual(["1x0 <= 5", "-1x0 <= -3"]);
    expect(await ranged("G", "5", "2")).toEqual(["1x0 <= 7", "-1x0 <= -5"]);
    expect(await ranged("G", "5", "-2")).toEqual(["1x0 <= 7", "-1x0 <= -5"]);
    expect(await ranged("E", "5", "2")).toEqual(["1x0 <= 7", "-1x0 <= -5"]);
    expect(await ranged("E", "5", "-2")).toEqual(["1x0 <= 5", "-1x0 <= -3"]);
    expect(await ranged("E", "5", "0")).toEqual(["1x0 = 5"]);
  });

  it("uses the first set of right-hand sides and bounds only", async () => {
    const problem = await read(
      file({
        rows: " L R\n",
        columns: " X R 1\n",
        rhs: " ONE R 1\n TWO R 2\n",
        bounds: " UP P X 3\n UP Q X 4\n",
      }),
      "mps",
    );
    expect(statements(problem)).toEqual(["1x0 <= 1", "1x0 <= 3", "-1x0 <= 0"]);
  });

  it("refuses integers, or relaxes them when asked to", async () => {
    const marked = file({ columns: " M1 'MARKER' 'INTORG'\n X C 1\n M2 'MARKER' 'INTEND'\n Y C 1\n" });
    await expectFault(read(marked, "mps"), 5, 5, /integer/);
    const relaxed = await read(marked, "mps", { relaxIntegers: true });
    expect(statements(relaxed)).toEqual(["1x0 <= 1", "-1x0 <= 0", "-1x1 <= 0"]);
    for (const bound of [" BV B X\n", " LI B X 1\n", " UI B X 4\n"]) {
      await expectFault(read(file({ bounds: bound }), "mps"), 8, 0, /integer/);
      expect((await read(file({ bounds: bound }), "mps", { relaxIntegers: true })).c.length).toBe(1);
    }
  });

  it.each<[string, string, number, number, RegExp]>([
    ["an empty file", "", 1, 0, /ends while reading the first section/],
    ["a missing ENDATA", EXAMPLE.replace("ENDATA\n", ""), 20, 0, /section BOUNDS; ENDATA is missing/],
    ["an unknown section", "NAME X\nROWES\n", 2, 1, /unknown section "ROWES"/],
    ["columns before rows", "NAME X\nCOLUMNS\n", 2, 1, /before ROWS/],
    ["a section twice", "NAME X\nROWS\n N C\nROWS\n", 4, 1, /given twice/],
    ["a quadratic objective", "NAME X\nQUADOBJ\n", 2, 1, /quadratic/],
    ["data before a section", " X C 1\n", 1, 2, /before the first section/],
    ["an unknown row type", "NAME X\nROWS\n Q C\n", 3, 2, /N, E, L or G, found "Q"/],
    ["a row twice", "NAME X\nROWS\n N C\n N C\n", 4, 4, /given twice/],
    ["a row without name", "NAME X\nROWS\n N\n", 3, 0, /no name/],
    ["an unknown row", file({ columns: " X D 1\n" }), 5, 4, /unknown row "D"/],
    ["a column in two places", file({ columns: " X C 1\n Y C 1\n X C 2\n" }), 7, 2, /begun before/],
    ["an entry twice", file({ columns: " X C 1\n X C 2\n" }), 6, 0, /lines 5 and 6/],
    ["text for a value", file({ columns: " X C one\n" }), 5, 6, /finite number, found "one"/],
    ["NaN for a value", file({ columns: " X C nan\n" }), 5, 6, /finite number, found "nan"/],
    ["a value beyond the doubles", file({ columns: " X C 1e999\n" }), 5, 6, /range of a double/],
    ["a line too short", file({ columns: " X C\n" }), 5, 2, /one or two pairs/],
    ["an unknown bound type", file({ bounds: " UQ B X 1\n" }), 8, 2, /bound type/],
    ["a bound on no column", file({ bounds: " UP B Y 1\n" }), 8, 7, /unknown column "Y"/],
    [
      "a bound without value",
      file({ bounds: " UP B X\n" }),
      8,
      0,
      /bound, a finite number, found ""|unknown column/,
    ],
    ["an infinite fixed value", file({ bounds: " FX B X inf\n" }), 8, 9, /must be finite/],
    ["semicontinuous variables", file({ bounds: " SC B X 1\n" }), 8, 1, /semicontinuous/],
    ["a right-hand side twice", file({ rhs: " R C 1\n R C 2\n" }), 8, 4, /given twice/],
    [
      "an objective that is no row",
      file({}).replace("ROWS\n", "OBJNAME\n Q\nROWS\n"),
      9,
      1,
      /"Q" is no row of type N/,
    ],
  ])("refuses %s with its place", async (_, text, line, column, message) => {
    await expectFault(read(text, "mps"), line, column, message);
  });
});
