import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProblemError } from "../../src/errors.ts";
import type { CbfSource } from "../../src/formats/problem-source.ts";
import { writeCbf } from "../../src/formats/cbf-write.ts";
import type { Cone } from "../../src/problem/cones.ts";
import { anyCone, problemOver } from "./arbitrary-problem.ts";
import { denseA, expectFault, read } from "./reading.ts";

const ROOT2 = Math.SQRT2;
const HALF = Math.SQRT1_2;
const HEAD = "VER\n2\nOBJSENSE\nMIN\n";

/** Plain numbers: −0 becomes 0. */
function plain(values: ArrayLike<number>): number[] {
  return Array.from(values, (v) => v + 0);
}

describe("Conic Benchmark Format", () => {
  it("reads scalar and PSD variables and constraints", async () => {
    const problem = await read(
      `# a comment
VER
1

OBJSENSE
MAX
PSDVAR
1
2
VAR
3 2
F 1
L+ 2
PSDCON
1
2
CON
2 2
L= 1
L- 1
OBJFCOORD
2
0 0 0 2.0
0 1 0 1.5
OBJACOORD
1
1 4
OBJBCOORD
-7
FCOORD
1
0 0 1 0 3
ACOORD
2
0 0 5
1 2 6
BCOORD
1
1 8
HCOORD
2
0 0 0 0 1
0 1 1 0 2
DCOORD
1
0 1 1 9
`,
      "cbf",
    );
    expect(problem.objective).toEqual({ sign: -1, offset: -7 });
    // x: three scalars, then svec of the PSD variable. Maximisation is turned into minimisation.
    expect(plain(problem.c)).toEqual([0, -4, 0, -2, -1.5 * ROOT2, 0]);
    expect(problem.cones).toEqual([
      { kind: "zero", dim: 1 },
      { kind: "nonnegative", dim: 3 },
      { kind: "psd", order: 2 },
      { kind: "psd", order: 2 },
    ]);
    expect(denseA(problem).map(plain)).toEqual([
      [-5, 0, 0, 0, -3 * ROOT2, 0],
      [0, -1, 0, 0, 0, 0],
      [0, 0, -1, 0, 0, 0],
      [0, 0, 6, 0, 0, 0],
      [0, 0, 0, -1, 0, 0],
      [0, 0, 0, 0, -1, 0],
      [0, 0, 0, 0, 0, -1],
      [-1, 0, 0, 0, 0, 0],
      [0, -2 * ROOT2, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0],
    ]);
    expect(plain(problem.b)).toEqual([0, 0, 0, -8, 0, 0, 0, 0, 0, 9]);
    const source = problem.source as CbfSource;
    expect([source.scalarVariables, source.psdVariables, source.scalarConstraints]).toEqual([3, [2], 2]);
  });

  it("turns rotated, exponential and power cones into ours", async () => {
    const problem = await read(
      "VER\n3\nPOWCONES\n1 2\n2\n1\n3\nPOW*CONES\n1 2\n2\n2\n2\nOBJSENSE\nMIN\nVAR\n16 6\n" +
        "QR 3\nEXP 3\nEXP* 3\n@0:POW 3\n@0:POW* 3\nQ 1\n",
      "cbf",
    );
    expect(problem.cones).toEqual([
      { kind: "nonnegative", dim: 1 },
      { kind: "secondOrder", dim: 3 },
      { kind: "exponential" },
      { kind: "dualExponential" },
      { kind: "power", alpha: 0.25 },
      { kind: "dualPower", alpha: 0.5 },
    ]);
    const rows = denseA(problem);
    // s = −A x: one unit of each variable in turn.
    const column = (j: number): number[] => rows.flatMap((row, i) => (row[j] === 0 ? [] : [i, -row[j]]));
    expect(column(0)).toEqual([1, HALF, 2, HALF]);
    expect(column(1)).toEqual([1, HALF, 2, -HALF]);
    expect(column(2)).toEqual([3, 1]);
    expect([3, 4, 5].map((j) => column(j)[0])).toEqual([6, 5, 4]);
    expect([6, 7, 8].map((j) => column(j)[0])).toEqual([9, 8, 7]);
    expect([9, 10, 11].map((j) => column(j)[0])).toEqual([10, 11, 12]);
    expect(column(15)).toEqual([0, 1]);
  });

  it("keeps a point of each cone inside: rotated (1, 2, 2) and exponential (e, 1, 1)", async () => {
    const problem = await read(`${HEAD}VAR\n6 2\nQR 3\nEXP 3\n`, "cbf");
    const x = [1, 2, 2, Math.E, 1, 1];
    const s = denseA(problem).map((row) => -row.reduce((sum, a, j) => sum + a * x[j], 0));
    expect(s[0]).toBeCloseTo(Math.hypot(s[1], s[2]), 12);
    expect(s.slice(3)).toEqual([1, 1, Math.E]);
  });

  it("reads vectorised PSD cones of version 4", async () => {
    const problem = await read("VER\n4\nOBJSENSE\nMIN\nVAR\n6 1\nSVECPSD 6\n", "cbf");
    expect(problem.cones).toEqual([{ kind: "psd", order: 3 }]);
    await expectFault(read("VER\n4\nOBJSENSE\nMIN\nVAR\n5 1\nSVECPSD 5\n", "cbf"), 7, 9, /k\(k\+1\)\/2/);
  });

  it("reads CRLF and an end without a line end", async () => {
    const text = `${HEAD}VAR\n1 1\nF 1\nOBJACOORD\n1\n0 2`;
    expect(await read(text.replaceAll("\n", "\r\n"), "cbf")).toEqual(await read(text, "cbf"));
  });

  const VAR = "VAR\n2 1\nF 2\nCON\n1 1\nL= 1\n";
  it.each<[string, string, number, number, RegExp]>([
    ["an empty file", "", 1, 0, /ends while reading the keyword VER/],
    ["another beginning", "OBJSENSE\nMIN\n", 1, 1, /begins with VER/],
    ["a later version", "VER\n5\n", 2, 1, /between 1 and 4/],
    ["a missing OBJSENSE", "VER\n1\n", 2, 0, /OBJSENSE/],
    ["another sense", "VER\n1\nOBJSENSE\nBEST\n", 4, 1, /MIN or MAX/],
    ["an unknown keyword", `${HEAD}VARS\n`, 5, 1, /unknown keyword "VARS"/],
    ["a keyword twice", `${HEAD}OBJSENSE\nMIN\n`, 5, 1, /given twice/],
    ["an unknown cone", `${HEAD}VAR\n1 1\nX 1\n`, 7, 1, /unknown cone "X"/],
    ["cones that do not add up", `${HEAD}VAR\n3 1\nF 2\n`, 7, 1, /2 rows, but VAR says 3/],
    ["cones beyond the count", `${HEAD}VAR\n3 2\nF 2\nF 2\n`, 8, 1, /4 rows or more/],
    ["an exponential cone of 4 rows", `${HEAD}VAR\n4 1\nEXP 4\n`, 7, 5, /has 3 rows/],
    [
      "a power cone that is not there",
      `${HEAD}VAR\n3 1\n@0:POW 3\n`,
      7,
      1,
      /entry 0 of POWCONES, which has 0/,
    ],
    ["long power cones", "VER\n3\nPOWCONES\n1 3\n", 4, 0, /only cones of two/],
    ["a negative exponent", "VER\n3\nPOWCONES\n1 2\n2\n-1\n", 6, 1, /must be positive/],
    ["integer variables", `${HEAD}${VAR}INT\n1\n0\n`, 11, 1, /integer.*relaxIntegers/],
    ["changes", `${HEAD}${VAR}CHANGE\n`, 11, 1, /CHANGE/],
    ["data before the variables", `${HEAD}OBJACOORD\n1\n0 1\n`, 7, 0, /declares no scalar variable/],
    [
      "an index out of range",
      `${HEAD}${VAR}ACOORD\n1\n0 2 1\n`,
      13,
      3,
      /scalar variable is 2; it must be between 0 and 1/,
    ],
    ["too few entries", `${HEAD}${VAR}ACOORD\n2\n0 1 1\n`, 13, 0, /ACOORD \(1 of 2 entries read\)/],
    ["too many entries", `${HEAD}${VAR}ACOORD\n1\n0 1 1\n0 0 1\n`, 14, 0, /after a keyword/],
    [
      "a huge count",
      `${HEAD}${VAR}ACOORD\n1000000000000000\n0 1 1\n`,
      13,
      0,
      /1 of 1000000000000000 entries read/,
    ],
    ["a huge number of variables", `${HEAD}VAR\n1000000000000 1\nF 1\n`, 6, 1, /must be between/],
    ["a huge PSD variable", `${HEAD}PSDVAR\n1\n1000000\n`, 7, 1, /over the limit/],
    [
      "the same entry twice",
      `${HEAD}${VAR}ACOORD\n2\n0 1 1\n0 1 1\n`,
      14,
      1,
      /lines 13 and 14 give the same entry/,
    ],
    ["an infinite value", `${HEAD}${VAR}BCOORD\n1\n0 inf\n`, 13, 3, /finite/],
  ])("refuses %s with its place", async (_, text, line, column, message) => {
    await expectFault(read(text, "cbf"), line, column, message);
  });

  it("relaxes integers when asked to", async () => {
    const problem = await read(`${HEAD}${VAR}INT\n1\n0\n`, "cbf", { relaxIntegers: true });
    expect((problem.source as CbfSource).relaxedIntegers).toBe(1);
  });

  it("refuses the two sides of a diagonal that differ", async () => {
    const text = (v: number): string => `${HEAD}PSDVAR\n1\n2\nOBJFCOORD\n2\n0 1 0 3\n0 0 1 ${v}\n`;
    expect(plain((await read(text(3), "cbf")).c)).toEqual([0, 3 * ROOT2, 0]);
    await expectFault(read(text(4), "cbf"), 11, 0, /lines 10 and 11.*symmetric/);
  });

  it("comes back from the writer with the same values of s, whatever the cones", async () => {
    const cones = fc.array(
      anyCone.filter((cone) => cone.kind !== "psd" || cone.order > 0),
      { minLength: 1, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(problemOver(cones, fc.integer({ min: -50, max: 50 })), async (problem) => {
        const back = await read([...writeCbf(problem)].join(""), "cbf");
        const x = Array.from(problem.c, (_, j) => j + 1);
        expect(plain(back.c)).toEqual(plain(problem.c));
        expect(back.objective ?? { sign: 1, offset: 0 }).toEqual(problem.objective);
        const values = (p: typeof problem): Map<string, number[][]> => {
          const byKind = new Map<string, number[][]>();
          const rows = denseA(p);
          let row = 0;
          const add = (kind: string, s: number[]): void =>
            void byKind.set(kind, [...(byKind.get(kind) ?? []), s]);
          for (const cone of p.cones) {
            const take = (dim: number): number[] =>
              Array.from({ length: dim }, () => {
                const s = p.b[row] - rows[row].reduce((sum, a, j) => sum + a * x[j], 0);
                row++;
                return Math.round(s * 1e6) / 1e6 + 0;
              });
            for (const [kind, s] of normal(cone, take)) add(kind, s);
          }
          return byKind;
        };
        expect(values(back)).toEqual(values(problem));
      }),
      { seed: 21, numRuns: 300 },
    );
  });

  it("has no place for a quadratic objective", () => {
    const identity = {
      rows: 1,
      cols: 1,
      colPtr: Int32Array.of(0, 1),
      rowIdx: Int32Array.of(0),
      values: Float64Array.of(1),
    };
    const problem = {
      P: identity,
      c: new Float64Array(1),
      b: new Float64Array(0),
      A: {
        kind: "sparse" as const,
        rows: 0,
        cols: 1,
        matrix: {
          ...identity,
          rows: 0,
          colPtr: new Int32Array(2),
          rowIdx: new Int32Array(0),
          values: new Float64Array(0),
        },
      },
      cones: [],
    };
    expect(() => [...writeCbf(problem)]).toThrow(ProblemError);
  });
});

/**
 * The conditions of a cone as CBF has them: rows one by one for half-lines, boxes as half-lines, Q of one row
 * too.
 */
function normal(cone: Cone, take: (dim: number) => number[]): [string, number[]][] {
  switch (cone.kind) {
    case "zero":
    case "nonnegative":
      return take(cone.dim).map((s) => [cone.kind, [s]]);
    case "secondOrder":
      return [["secondOrder", take(cone.dim)]];
    case "psd":
      return [[`psd ${cone.order}`, take((cone.order * (cone.order + 1)) / 2)]];
    case "box": {
      const [t, ...s] = take(1 + cone.lower.length);
      const sides = s.flatMap((value, k) => [
        ...(cone.lower[k] > -Infinity ? [value - cone.lower[k] * t] : []),
        ...(cone.upper[k] < Infinity ? [cone.upper[k] * t - value] : []),
      ]);
      return [t, ...sides].map((value) => ["nonnegative", [value + 0]]);
    }
    case "power":
    case "dualPower":
      return [[`${cone.kind} ${cone.alpha.toFixed(9)}`, take(3)]];
    case "exponential":
    case "dualExponential":
      return [[cone.kind, take(3)]];
  }
}
