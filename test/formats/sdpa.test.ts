import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProblemError } from "../../src/errors.ts";
import type { SdpaSource } from "../../src/formats/problem-source.ts";
import { writeSdpa } from "../../src/formats/sdpa-write.ts";
import type { Cone } from "../../src/problem/cones.ts";
import { problemOver, psdCone } from "./arbitrary-problem.ts";
import { denseA, expectFault, pieces, read } from "./reading.ts";

const EXAMPLE = `"Example with three blocks
* a comment
  2 = mDIM
  3 = nBLOCK
  {2, -2, 1} = bLOCKsTRUCT
{+1.0, 2.5D+1} costs
0 1 1 1 1.0
0 1 1 2 0.5

* between
1 1 2 2 -3
1,2,1,1,4
2 2 2 2 1d-1
{2 3 1 1 7e0}`;

const ROOT2 = Math.SQRT2;
const HEAD = "1\n1\n2\n1\n";

describe("SDPA sparse format", () => {
  it("reads blocks, comments, separators and Fortran exponents", async () => {
    const problem = await read(EXAMPLE, "sdpa");
    expect([...problem.c]).toEqual([1, 25]);
    expect(problem.cones).toEqual([
      { kind: "psd", order: 2 },
      { kind: "nonnegative", dim: 3 },
    ]);
    expect([...problem.b].map((v) => v + 0)).toEqual([-1, -0.5 * ROOT2, 0, 0, 0, 0]);
    expect(denseA(problem)).toEqual([
      [0, 0],
      [0, 0],
      [3, 0],
      [-4, 0],
      [0, -0.1],
      [0, -7],
    ]);
    const source = problem.source as SdpaSource;
    expect([...source.blockSizes]).toEqual([2, -2, 1]);
    expect([...source.blockRows]).toEqual([0, 3, 5]);
    expect([source.constantEntries, source.matrixEntries]).toEqual([2, 4]);
  });

  it("reads the same with CRLF, tabs, a byte order mark and in pieces of any size", async () => {
    const expected = await read(EXAMPLE, "sdpa");
    const changed = `\ufeff${EXAMPLE.replaceAll("\n", "\r\n").replaceAll(" ", "\t")}`;
    expect(await read(changed, "sdpa")).toEqual(expected);
    for (const size of [1, 2, 3, 7, 64]) {
      const source = pieces(new TextEncoder().encode(EXAMPLE), size);
      expect(await read(source as unknown as Uint8Array, "sdpa")).toEqual(expected);
    }
  });

  it("lets numbers of the header run over several lines", async () => {
    const problem = await read("3\n2\n2\n1\n1 2\n3\n1 1 1 2 1\n", "sdpa");
    expect([...problem.c]).toEqual([1, 2, 3]);
    expect(problem.cones).toEqual([
      { kind: "psd", order: 2 },
      { kind: "nonnegative", dim: 1 },
    ]);
  });

  it("takes entries below the diagonal, and both sides where they agree", async () => {
    const upper = await read(`${HEAD}1 1 1 2 5\n`, "sdpa");
    const lower = await read(`${HEAD}1 1 2 1 5\n`, "sdpa");
    const both = await read(`${HEAD}1 1 1 2 5\n1 1 2 1 5\n`, "sdpa");
    expect(lower).toEqual(upper);
    expect(both).toEqual(upper);
    await expectFault(read(`${HEAD}1 1 1 2 5\n1 1 2 1 4\n`, "sdpa"), 6, 0, /lines 5 and 6.*symmetric/);
  });

  it.each<[string, string, number, number, RegExp]>([
    ["an empty file", "", 1, 0, /ends while reading the number of variables m/],
    ["a comment only", '"title\n', 1, 0, /ends while reading the number of variables m/],
    ["a word for m", "many\n", 1, 1, /number of variables m.*"many"/],
    ["two numbers for m", "3 4\n", 1, 3, /more numbers/],
    ["a negative m", "-3\n", 1, 1, /-3; it must be between 0/],
    ["a fraction for m", "2.5\n", 1, 1, /an integer, found "2.5"/],
    ["a huge m", "1000000000000000000\n", 1, 1, /it must be between/],
    ["too few block sizes", "1\n3\n1 2\n", 3, 0, /ends while reading the block sizes \(2 of 3 read\)/],
    ["too many block sizes", "1\n2\n1 2 3\n", 3, 5, /more numbers/],
    ["a block of size 0", "1\n1\n0\n", 3, 1, /size of block 1 is 0/],
    ["a huge block", "1\n1\n60000\n", 3, 1, /over the limit/],
    ["a short cost vector", "3\n1\n1\n1 2\n", 4, 0, /cost vector c \(2 of 3 numbers read\)/],
    ["a long cost vector", "1\n1\n1\n1 2\n", 4, 3, /more numbers/],
    ["NaN among the costs", "2\n1\n1\n1 nan\n", 4, 3, /finite/],
    ["an infinite value", `${HEAD}1 1 1 1 -Inf\n`, 5, 9, /finite/],
    ["a value beyond the doubles", `${HEAD}1 1 1 1 1e400\n`, 5, 9, /range of a double/],
    ["a value that overflows with √2", `${HEAD}1 1 1 2 1.7e308\n`, 5, 0, /range of a double/],
    ["text for a value", `${HEAD}1 1 1 1 1.0x\n`, 5, 9, /"1.0x"/],
    ["a lone sign", `${HEAD}1 1 1 1 -\n`, 5, 9, /"-"/],
    ["an exponent without digits", `${HEAD}1 1 1 1 1e+\n`, 5, 9, /"1e\+"/],
    ["four numbers", `${HEAD}1 1 1 1\n`, 5, 0, /the line ends where the value/],
    ["six numbers", `${HEAD}1 1 1 1 1 1\n`, 5, 11, /end of the line/],
    ["a matrix out of range", `${HEAD}2 1 1 1 1\n`, 5, 1, /matrix number is 2; it must be between 0 and 1/],
    ["a block out of range", `${HEAD}1 2 1 1 1\n`, 5, 3, /block number is 2; it must be between 1 and 1/],
    ["a row out of range", `${HEAD}1 1 3 1 1\n`, 5, 5, /row index is 3; it must be between 1 and 2/],
    ["a column out of range", `${HEAD}1 1 1 0 1\n`, 5, 7, /column index is 0/],
    ["the same entry twice", `${HEAD}1 1 1 2 1\n\n1 1 1 2 1\n`, 7, 1, /lines 5 and 7 give the same entry/],
    ["an entry off a diagonal block", "1\n1\n-2\n1\n1 1 1 2 1\n", 5, 0, /block 1 is diagonal/],
  ])("refuses %s with its place", async (_, text, line, column, message) => {
    await expectFault(read(text, "sdpa"), line, column, message);
  });

  it("allows m = 0 and no blocks", async () => {
    const none = await read("0\n0\n", "sdpa");
    expect([none.c.length, none.b.length, none.cones.length]).toEqual([0, 0, 0]);
    const constant = await read("0\n1\n2\n\n0 1 1 1 -3\n", "sdpa");
    expect([...constant.b].map((v) => v + 0)).toEqual([3, 0, 0]);
  });

  it("comes back from the writer: random PSD and nonnegative problems", async () => {
    const cones = fc
      .array(fc.oneof(psdCone, fc.constant<Cone>({ kind: "nonnegative", dim: 3 })), {
        minLength: 1,
        maxLength: 4,
      })
      .filter((list) =>
        list.every((cone, k) => k === 0 || cone.kind === "psd" || list[k - 1].kind === "psd"),
      );
    await fc.assert(
      fc.asyncProperty(problemOver(cones), async (problem) => {
        const back = await read([...writeSdpa(problem)].join(""), "sdpa");
        expect(back.cones).toEqual(problem.cones);
        expect(back.objective?.sign).toBe(problem.objective?.sign);
        expect(back.objective?.offset).toBeCloseTo(problem.objective?.offset ?? 0, 12);
        const close = (a: readonly number[], b: readonly number[]): void => {
          expect(a.length).toBe(b.length);
          a.forEach((value, k) =>
            expect(Math.abs(value - b[k])).toBeLessThanOrEqual(4e-16 * Math.abs(b[k]) + 1e-300),
          );
        };
        close([...back.c], [...problem.c]);
        close([...back.b], [...problem.b]);
        close(denseA(back).flat(), denseA(problem).flat());
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it("writes equalities as pairs of inequalities", async () => {
    const text = [
      ...writeSdpa({
        c: new Float64Array([1, 2]),
        b: new Float64Array([3, 0]),
        A: { kind: "selection", rows: 2, cols: 2 },
        cones: [{ kind: "zero", dim: 2 }],
      }),
    ].join("");
    const back = await read(text, "sdpa");
    expect(back.cones).toEqual([{ kind: "nonnegative", dim: 4 }]);
    expect([...back.b].map((v) => v + 0)).toEqual([3, -3, 0, 0]);
    expect(denseA(back)).toEqual([
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]);
  });

  it.each<[string, Cone]>([
    ["secondOrder", { kind: "secondOrder", dim: 3 }],
    ["exponential", { kind: "exponential" }],
    ["box", { kind: "box", lower: new Float64Array(2), upper: new Float64Array(2) }],
  ])("names the cone that the format cannot express: %s", (kind, cone) => {
    const problem = {
      c: new Float64Array(1),
      b: new Float64Array(3),
      A: { kind: "segmented" as const, rows: 3, cols: 1, index: new Int32Array(3) },
      cones: [cone],
    };
    expect(() => [...writeSdpa(problem)]).toThrow(ProblemError);
    expect(() => [...writeSdpa(problem)]).toThrow(kind);
  });
});
