import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ArrayStyle } from "../../src/formats/json-arrays.ts";
import { writeJson } from "../../src/formats/json-write.ts";
import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import type { LinearOperator } from "../../src/problem/operators/linear-operator.ts";
import { anyProblem } from "./arbitrary-problem.ts";
import { expectFault, pieces, read, withoutSource } from "./reading.ts";

/** min x₀ over x₀ ≥ 1, (1, x₁) in a box. */
const SMALL: ConicProblem = {
  name: "small",
  c: new Float64Array([1, 0]),
  b: new Float64Array([-1, 1, 0]),
  A: {
    kind: "sparse",
    rows: 3,
    cols: 2,
    matrix: {
      rows: 3,
      cols: 2,
      colPtr: new Int32Array([0, 1, 2]),
      rowIdx: new Int32Array([0, 2]),
      values: new Float64Array([-1, -1]),
    },
  },
  cones: [
    { kind: "nonnegative", dim: 1 },
    { kind: "box", lower: new Float64Array([-Infinity]), upper: new Float64Array([2]) },
  ],
};

const TEXT = [...writeJson(SMALL)].join("");

describe("the JSON form", () => {
  it.each<ArrayStyle>(["auto", "numbers", "base64"])(
    "gives back every problem bit by bit, arrays as %s",
    async (style) => {
      await fc.assert(
        fc.asyncProperty(anyProblem, async (problem) => {
          const text = [...writeJson(problem, style)].join("");
          // toEqual tells 0 from −0 and compares typed arrays entry by entry.
          expect(withoutSource(await read(text, "json"))).toEqual(problem);
        }),
        { seed: 31, numRuns: 300 },
      );
    },
  );

  it("reads operators nested 400 deep", async () => {
    let A: LinearOperator = { kind: "selection", rows: 3, cols: 3 };
    for (let k = 0; k < 400; k++) A = { kind: "scaled", rows: 3, cols: 3, factor: -1, operator: A };
    const problem: ConicProblem = { c: new Float64Array(3), b: SMALL.b, A, cones: SMALL.cones };
    expect(withoutSource(await read([...writeJson(problem)].join(""), "json"))).toEqual(problem);
  });

  it("reads long arrays over chunk borders", async () => {
    const n = 1000;
    const problem: ConicProblem = {
      c: Float64Array.from({ length: n }, (_, k) => Math.sin(k) * 10 ** (k % 40)),
      b: new Float64Array(n),
      A: { kind: "selection", rows: n, cols: n },
      cones: [{ kind: "zero", dim: n }],
    };
    for (const style of ["numbers", "base64"] as const) {
      const bytes = new TextEncoder().encode([...writeJson(problem, style)].join(""));
      for (const size of [1, 5, 1021]) {
        const back = await read(pieces(bytes, size) as unknown as Uint8Array, "json");
        expect(withoutSource(back)).toEqual(problem);
      }
    }
  });

  it("reads fields in any order, white space, escapes and a byte order mark", async () => {
    const fields = JSON.parse(TEXT) as Record<string, unknown>;
    const reversed = Object.fromEntries(Object.entries(fields).reverse());
    reversed.name = 'ü "quoted"\n';
    const text = `\ufeff${JSON.stringify(reversed, null, 2).replaceAll("\n", "\r\n")}\r\n`;
    expect(withoutSource(await read(text, "json"))).toEqual({ ...SMALL, name: 'ü "quoted"\n' });
    expect((await read(TEXT.replace("small", "\\u00fc\\/"), "json")).name).toBe("ü/");
  });

  const change = (from: string, to: string): string => {
    expect(TEXT).toContain(from);
    return TEXT.replace(from, to);
  };
  it.each<[string, () => string, RegExp]>([
    ["an empty file", () => "", /ends where a value was expected/],
    ["a truncated file", () => TEXT.slice(0, 100), /truncated/],
    ["text after the value", () => `${TEXT}{}`, /expected the end of the file/],
    ["an array for the problem", () => "[1,2]", /the file must be an object/],
    ["another format", () => change("spectrahedron-problem", "lp"), /format is "lp"/],
    ["a later version", () => change('"version":1', '"version":2'), /version is 2/],
    ["an unknown field", () => change('"rows"', '"extra":1,"rows"'), /extra is an unknown field/],
    ["a missing field", () => change('"b":[-1,1,0],', ""), /b is missing/],
    ["a field twice", () => change('"rows":3', '"rows":3,"rows":3'), /given twice/],
    ["a vector of another length", () => change("[-1,1,0]", "[-1,1]"), /b has 2 entries; 3 were expected/],
    ["NaN", () => change("[-1,1,0]", "[-1,NaN,0]"), /NaN/],
    ["a number beyond the doubles", () => change("[-1,1,0]", "[-1,1e999,0]"), /range of a double/],
    [
      "infinity where none is allowed",
      () => change("[-1,1,0]", '[-1,"Infinity",0]'),
      /b\[1\] is Infinity; it must be finite/,
    ],
    ["a string among numbers", () => change("[-1,1,0]", '[-1,"x",0]'), /b\[1\] must be a number/],
    ["an unknown cone", () => change("nonnegative", "positive"), /cones\[0\].kind is "positive"/],
    ["a cone too long", () => change('"dim":1', '"dim":2'), /cones have 4 rows in all; "rows" says 3/],
    ["a negative cone", () => change('"dim":1', '"dim":-1'), /cones\[0\].dim is -1/],
    ["a huge cone", () => change('"dim":1', '"dim":1e18'), /cones\[0\].dim is 1000000000000000000/],
    ["a row index out of range", () => change('"rowIdx":[0,2]', '"rowIdx":[0,3]'), /rowIdx\[1\] is 3/],
    ["a fractional index", () => change('"rowIdx":[0,2]', '"rowIdx":[0,1.5]'), /rowIdx\[1\] is 1.5/],
    ["column pointers that fall", () => change('"colPtr":[0,1,2]', '"colPtr":[0,2,1]'), /colPtr/],
    [
      "a matrix of other dimensions",
      () => change('"matrix":{"rows":3', '"matrix":{"rows":4'),
      /A.matrix.rows is 4/,
    ],
    [
      "base64 of another length",
      () => change("[-1,1,0]", '{"type":"float64","base64":"AAAA"}'),
      /3 bytes, no multiple of 8/,
    ],
    ["base64 without padding", () => change("[-1,1,0]", '{"type":"float64","base64":"AAA"}'), /padded/],
    [
      "foreign characters in base64",
      () => change("[-1,1,0]", '{"type":"float64","base64":"AA*A"}'),
      /"\*" does not belong/,
    ],
    ["an unknown array type", () => change("[-1,1,0]", '{"type":"float32","base64":""}'), /"float32"/],
    ["deep nesting", () => "[".repeat(100000), /nested deeper/],
    ["bounds that cross", () => change('"upper":[2]', '"upper":["-Infinity"]'), /-Infinity/],
  ])("refuses %s", async (_, text, message) => {
    await expect(read(text(), "json")).rejects.toThrow(message);
    await expect(read(text(), "json")).rejects.toMatchObject({ name: "FormatError" });
  });

  it("names line and column", async () => {
    const text = JSON.stringify(JSON.parse(TEXT), null, 1);
    await expectFault(read(text.replace('"dim": 1', '"dim": 1.5'), "json"), 10, 11, /cones\[0\].dim/);
    await expectFault(read('{\n  "a" 1}', "json"), 2, 7, /expected : after key "a"/);
  });
});
