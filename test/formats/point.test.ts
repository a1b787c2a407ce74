import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError, WarmStartError } from "../../src/errors.ts";
import { readPoint, writePoint } from "../../src/formats/point.ts";
import type { ConicPoint } from "../../src/problem/conic-problem.ts";
import { floats } from "./arbitrary-problem.ts";

const POINT: ConicPoint = {
  x: new Float64Array([1, -0]),
  y: new Float64Array([0.1, 2, 1e-300]),
  s: new Float64Array([0, 3, 5]),
};
const TEXT = [...writePoint(POINT)].join("");

describe("saved points", () => {
  it("come back bit by bit", async () => {
    const point = fc
      .tuple(fc.nat(40), fc.nat(40))
      .chain(([n, m]) => fc.record({ x: floats(n), y: floats(m), s: floats(m) }));
    await fc.assert(
      fc.asyncProperty(
        point,
        fc.constantFrom("auto" as const, "numbers" as const, "base64" as const),
        async (p, style) => {
          expect(await readPoint([...writePoint(p, style)].join(""))).toEqual(p);
        },
      ),
      { seed: 41, numRuns: 200 },
    );
  });

  it("are refused for a problem of other dimensions", async () => {
    expect(await readPoint(TEXT, { variables: 2, rows: 3 })).toEqual(POINT);
    await expect(readPoint(TEXT, { variables: 3 })).rejects.toThrow(WarmStartError);
    await expect(readPoint(TEXT, { rows: 2 })).rejects.toThrow(
      /2 variables and 3 rows; this problem has 2 variables and 2 rows/,
    );
  });

  it("are refused when truncated, damaged or not finite", async () => {
    for (let length = 0; length < TEXT.trimEnd().length; length += 7) {
      await expect(readPoint(TEXT.slice(0, length)), String(length)).rejects.toThrow(FormatError);
    }
    await expect(readPoint(TEXT.replace("[0,3,5]", "[0,3]"))).rejects.toThrow(
      /s has 2 entries; 3 were expected/,
    );
    await expect(readPoint(TEXT.replace("[0,3,5]", '[0,3,"Infinity"]'))).rejects.toThrow(
      /s\[2\] is Infinity/,
    );
    await expect(readPoint(TEXT.replace("-point", "-problem"))).rejects.toThrow(FormatError);
  });

  it("are not written unless finite", () => {
    expect(() => [...writePoint({ ...POINT, y: new Float64Array([0, NaN, 0]) })]).toThrow(/y\[1\] is NaN/);
    expect(() => [...writePoint({ ...POINT, s: new Float64Array(2) })]).toThrow(/they must agree/);
  });
});
