import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineScanner } from "../../src/formats/line-scanner.ts";
import { pieces } from "./reading.ts";

async function scan(text: string): Promise<number[]> {
  const scanner = new LineScanner(pieces(new TextEncoder().encode(text), 1 << 16), "numbers", "punctuation");
  const values: number[] = [];
  while (scanner.nextLine() || (await scanner.loadLine())) {
    while (!scanner.skip()) values.push(scanner.number("a number"));
  }
  return values;
}

describe("numbers read from bytes", () => {
  it("are the doubles that Number gives, bit by bit", async () => {
    const texts = [
      "0",
      "-0",
      "+0.0",
      "1.",
      ".5",
      "-.5e-3",
      "1e22",
      "1e23",
      "1e-22",
      "123456789012345678",
      "9007199254740993",
      "9007199254740991",
      "0.1000000000000000055511151231257827",
      "5e-324",
      "2.2250738585072011e-308",
      "1.7976931348623157e308",
      "1.999900000000000011",
      "1.000000000000000000e+00",
      "000001.50",
      "1e-400",
      "0e999",
      "100000000000000000000000",
      "4.35",
      "0.000001",
      "123456.789e10",
    ];
    const values = await scan(texts.join("\n"));
    expect(values.map((v) => (Object.is(v, -0) ? "-0" : String(v)))).toEqual(
      texts.map((t) => (Object.is(Number(t), -0) ? "-0" : String(Number(t)))),
    );
  });

  it("agree with Number on random decimals", async () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 20 });
    const decimal = fc
      .tuple(fc.constantFrom("", "-", "+"), digits, digits, fc.integer({ min: -40, max: 40 }))
      .map(([sign, whole, fraction, exponent]) => `${sign}${whole}.${fraction}e${exponent}`);
    await fc.assert(
      fc.asyncProperty(fc.array(decimal, { minLength: 1, maxLength: 50 }), async (texts) => {
        expect(await scan(texts.join(" "))).toEqual(texts.map(Number));
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it("agree with Number on shortest forms of random doubles", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 50 }),
        async (values) => {
          expect((await scan(values.join(","))).map((v) => v + 0)).toEqual(values.map((v) => v + 0));
        },
      ),
      { seed: 6, numRuns: 200 },
    );
  });

  it("are read from lines far longer than a piece of the file", async () => {
    const values = Array.from({ length: 60_000 }, (_, k) => k / 8);
    const read = await scan(`${values.join(" ")}\n${values.join(",")}`);
    expect(read.length).toBe(2 * values.length);
    expect(read.every((value, k) => value === values[k % values.length])).toBe(true);
  });

  it("take Fortran exponents", async () => {
    expect(await scan("1.5D+3 2d-2 -1.0D0")).toEqual([1500, 0.02, -1]);
  });
});
