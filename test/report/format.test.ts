import { describe, expect, it } from "vitest";
import {
  finiteOrNull,
  formatCount,
  formatScientific,
  formatSeconds,
  formatSignificant,
} from "../../src/report/format.ts";
import { renderTable } from "../../src/report/table.ts";
import { version } from "../../src/version.ts";
import manifest from "../../package.json" with { type: "json" };

describe("numbers as text", () => {
  it("writes exponents with two digits", () => {
    expect(formatScientific(1.234e-5)).toBe("1.23e-05");
    expect(formatScientific(-1.5e123, 1)).toBe("-1.5e+123");
    expect(formatScientific(0)).toBe("0.00e+00");
  });

  it("writes objectives plainly while that is readable", () => {
    expect(formatSignificant(23.000000123, 9)).toBe("23.0000001");
    expect(formatSignificant(-7255524.8, 8)).toBe("-7255524.8");
    expect(formatSignificant(-72555248.13, 8)).toBe("-7.2555248e+07");
    expect(formatSignificant(0.0001234, 3)).toBe("1.23e-04");
    expect(formatSignificant(0)).toBe("0");
  });

  it("names what is not finite", () => {
    expect([NaN, Infinity, -Infinity].map((v) => formatScientific(v))).toEqual(["nan", "inf", "-inf"]);
    expect([NaN, Infinity, -Infinity, undefined, 1.5].map(finiteOrNull)).toEqual([null, null, null, null, 1.5]);
  });

  it("picks a unit of time", () => {
    expect([0.00085, 0.0125, 0.9994, 0.9996, 3.214, 99.96, 125].map(formatSeconds)).toEqual([
      "850 µs",
      "13 ms",
      "999 ms",
      "1.00 s",
      "3.21 s",
      "1 min 40 s",
      "2 min 05 s",
    ]);
  });

  it("counts", () => {
    expect(formatCount(1, "row")).toBe("1 row");
    expect(formatCount(12345, "row")).toBe("12,345 rows");
  });
});

describe("tables", () => {
  it("align columns by their widest cell", () => {
    const text = renderTable(
      [
        { title: "name", align: "left", cell: (row: [string, number]) => row[0] },
        { title: "n", cell: (row) => String(row[1]) },
      ],
      [
        ["theta1", 50],
        ["a", 1275],
      ],
    );
    expect(text).toBe("name       n\n------------\ntheta1    50\na       1275");
  });
});

it("the version is the package's", () => {
  expect(version).toBe(manifest.version);
});
