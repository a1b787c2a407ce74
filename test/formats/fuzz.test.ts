import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { FormatError, ProblemError, WarmStartError } from "../../src/errors.ts";
import { writeCbf } from "../../src/formats/cbf-write.ts";
import { writeJson } from "../../src/formats/json-write.ts";
import { readPoint, writePoint } from "../../src/formats/point.ts";
import { readProblem } from "../../src/formats/read.ts";
import type { FormatName } from "../../src/formats/read-options.ts";
import { writeSdpa } from "../../src/formats/sdpa-write.ts";
import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import { validateProblem } from "../../src/problem/validate.ts";
import { pieces } from "./reading.ts";

const RUNS = 1500;

/** A problem with every cone of the formats; only PSD and nonnegative ones for SDPA. */
function sample(sdpa: boolean): ConicProblem {
  const cones: ConicProblem["cones"] = sdpa
    ? [
        { kind: "psd", order: 2 },
        { kind: "nonnegative", dim: 2 },
      ]
    : [
        { kind: "zero", dim: 1 },
        { kind: "nonnegative", dim: 1 },
        { kind: "box", lower: Float64Array.of(-Infinity), upper: Float64Array.of(2) },
        { kind: "secondOrder", dim: 3 },
        { kind: "psd", order: 2 },
        { kind: "exponential" },
        { kind: "dualExponential" },
        { kind: "power", alpha: 0.3 },
        { kind: "dualPower", alpha: 0.5 },
      ];
  const rows = sdpa ? 5 : 22;
  const index = Int32Array.from({ length: rows }, (_, i) => i % 3);
  return {
    name: "sample",
    c: Float64Array.of(1, -2, 0.5),
    b: Float64Array.from({ length: rows }, (_, i) => i - 2),
    A: { kind: "segmented", rows, cols: 3, index, weights: Float64Array.from(index, (j, i) => 1.5 * j - i) },
    cones,
    objective: { sign: -1, offset: 3.5 },
  };
}

const STACKED: ConicProblem = {
  c: new Float64Array(3),
  P: {
    rows: 3,
    cols: 3,
    colPtr: Int32Array.of(0, 1, 2, 2),
    rowIdx: Int32Array.of(0, 1),
    values: Float64Array.of(1, 2),
  },
  b: new Float64Array(6),
  A: {
    kind: "stack",
    direction: "vertical",
    rows: 6,
    cols: 3,
    parts: [
      { kind: "selection", rows: 3, cols: 3 },
      {
        kind: "scaled",
        rows: 2,
        cols: 3,
        factor: 2,
        operator: { kind: "selection", rows: 2, cols: 3, index: Int32Array.of(2, 0) },
      },
      { kind: "quadraticForm", rows: 1, cols: 3, order: 2, samples: Float64Array.of(1, 2) },
    ],
  },
  cones: [{ kind: "nonnegative", dim: 6 }],
};

const MPS = `NAME          SAMPLE
OBJSENSE
    MAX
ROWS
 N  COST
 L  LIM1
 G  LIM2
 E  MYEQN
COLUMNS
    X         COST               1.0   LIM1               1.0
    M1        'MARKER'                 'INTORG'
    Y         COST               2.0   LIM1               1.0
    M2        'MARKER'                 'INTEND'
    Z         COST              -1.0   MYEQN              1.0
RHS
    RHS       COST               5.0   LIM1               4.0
RANGES
    RNG       LIM1               2.5   MYEQN             -3.0
BOUNDS
 UP BND       X                  4.0
 FX BND       Y                 -1.0
 MI BND       Z
ENDATA
`;
const CBF = `VER
3
POWCONES
1 2
2
1
3
OBJSENSE
MAX
PSDVAR
1
2
VAR
8 3
F 2
QR 3
@0:POW 3
INT
1
0
PSDCON
1
2
CON
5 3
L= 1
EXP 3
L- 1
OBJFCOORD
1
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
4 2 6
BCOORD
1
1 8
HCOORD
1
0 1 1 0 2
DCOORD
1
0 1 1 9
`;
const SDPA = `"title
2 = m
3 = nblocks
{2, -3, 1}
{1.0, 2.0D1}
0 1 1 1 1.0
0 2 3 3 -2
1 1 1 2 4
1 1 2 1 4
2 2 1 1 1e-3
2 3 1 1 7
`;

const CORPUS: Record<FormatName, readonly string[]> = {
  sdpa: [SDPA, [...writeSdpa(sample(true))].join("")],
  cbf: [CBF, [...writeCbf(sample(false))].join("")],
  mps: [MPS, MPS.replaceAll(/ +/g, " ")],
  json: [
    [...writeJson(sample(false), "numbers")].join(""),
    [...writeJson(sample(false), "base64")].join(""),
    [...writeJson(STACKED)].join(""),
  ],
};

const NASTY = [
  "1e18",
  "-1e18",
  "1000000000000000000",
  "99999999999999999999999",
  "2147483648",
  "4294967297",
  "67108865",
  "-1",
  "0",
  "1",
  "NaN",
  "nan",
  "Infinity",
  "-inf",
  "1e999",
  "1e-999",
  "0x10",
  "1..2",
  "--1",
  "1e",
  "1d",
  "+",
  ".",
  "",
  "@9:POW",
  "{",
  "}",
  "[",
  "[[[[[[",
  '"',
  "\\",
  ":",
  ",",
  "null",
  "true",
  "''",
  "*",
  "#",
  "\u0000",
  "\ufffd",
  "é",
  "ENDATA",
  "RHS",
  "INT",
  "CHANGE",
  "F 1000000000",
  "VAR",
  "\n\n",
  "\r",
  "\t",
  " ".repeat(70),
  "9".repeat(400),
  "(".repeat(300),
];

/** One change to a text at a place given as a fraction of its length. */
type Mutation = (text: string) => string;

const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (text: string, fraction: number): number => Math.floor(fraction * text.length);
/** Replaces the token at a place. */
function replaceToken(text: string, fraction: number, token: string): string {
  const tokens = [...text.matchAll(/[^\s,{}()[\]:"]+/g)];
  if (tokens.length === 0) return token;
  const match = tokens[Math.min(tokens.length - 1, Math.floor(fraction * tokens.length))];
  return text.slice(0, match.index) + token + text.slice(match.index + match[0].length);
}

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  place.map(
    (p): Mutation =>
      (t) =>
        t.slice(0, at(t, p)),
  ),
  fc.tuple(place, place).map(
    ([p, q]): Mutation =>
      (t) =>
        t.slice(0, at(t, Math.min(p, q))) + t.slice(at(t, Math.max(p, q))),
  ),
  fc.tuple(place, fc.nat(255)).map(
    ([p, code]): Mutation =>
      (t) =>
        t.slice(0, at(t, p)) + String.fromCharCode(code) + t.slice(at(t, p) + 1),
  ),
  fc.tuple(place, fc.constantFrom(...NASTY)).map(
    ([p, token]): Mutation =>
      (t) =>
        replaceToken(t, p, token),
  ),
  fc.tuple(place, fc.constantFrom(...NASTY)).map(
    ([p, token]): Mutation =>
      (t) =>
        t.slice(0, at(t, p)) + token + t.slice(at(t, p)),
  ),
  fc.tuple(place, fc.integer({ min: -3, max: 40 })).map(
    ([p, n]): Mutation =>
      (t) =>
        replaceToken(t, p, String(n)),
  ),
  fc.tuple(place, place).map(([p, q]): Mutation => (t) => {
    const lines = t.split("\n");
    const [i, j] = [Math.floor(p * (lines.length - 1)), Math.floor(q * (lines.length - 1))];
    [lines[i], lines[j]] = [lines[j], lines[i]];
    return lines.join("\n");
  }),
  place.map((p): Mutation => (t) => {
    const lines = t.split("\n");
    const i = Math.floor(p * (lines.length - 1));
    lines.splice(i, 0, lines[i], lines[i]);
    return lines.join("\n");
  }),
  fc.string({ unit: "binary", maxLength: 30 }).map(
    (garbage): Mutation =>
      (t) =>
        t + garbage,
  ),
);

const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });

/** Reads; a problem that comes out must be sound, an error one of ours. */
async function outcome(
  source: string | AsyncIterable<Uint8Array>,
  format: FormatName,
  relax: boolean,
): Promise<string> {
  try {
    const problem = await readProblem(source, {
      name: "fuzz",
      format,
      relaxIntegers: relax,
      maxSize: 1 << 16,
    });
    validateProblem(problem);
    return "read";
  } catch (error) {
    if (!(error instanceof FormatError) && !(error instanceof ProblemError)) throw error;
    return "refused";
  }
}

describe("malformed files: a sound problem or a typed error, nothing else", () => {
  it.each(Object.keys(CORPUS) as FormatName[])("%s: the unchanged files are read", async (format) => {
    for (const text of CORPUS[format]) expect(await outcome(text, format, true)).toBe("read");
  });

  it.each(Object.keys(CORPUS) as FormatName[])(`%s: ${RUNS} damaged files`, async (format) => {
    const counts = { read: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...CORPUS[format]),
        mutations,
        fc.boolean(),
        fc.constantFrom(0, 1, 17),
        async (text, changes, relax, pieceSize) => {
          const damaged = changes.reduce((t, change) => change(t), text);
          const source = pieceSize === 0 ? damaged : pieces(new TextEncoder().encode(damaged), pieceSize);
          counts[(await outcome(source, format, relax)) as "read" | "refused"]++;
        },
      ),
      { seed: 61, numRuns: RUNS },
    );
    expect(counts.refused).toBeGreaterThan(RUNS / 3);
  });

  it("any bytes, in any format", async () => {
    const format = fc.constantFrom<FormatName>("sdpa", "cbf", "mps", "json");
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        format,
        fc.integer({ min: 1, max: 200 }),
        async (bytes, f, size) => {
          await outcome(pieces(bytes, size), f, true);
        },
      ),
      { seed: 62, numRuns: 1000 },
    );
  });

  it("damaged gzip", async () => {
    const whole = gzipSync(SDPA);
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (k, flip, cut) => {
          const bytes = new Uint8Array(cut ? whole.subarray(0, k) : whole);
          if (!cut) bytes[k] ^= flip;
          if ((await outcome(pieces(bytes, 13), "sdpa", false)) === "refused") refused++;
        },
      ),
      { seed: 63, numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(300);
  });

  it("huge counts do not ask for memory at the default limits", async () => {
    const before = process.memoryUsage().arrayBuffers;
    const texts: [string, FormatName][] = [
      ["60000000\n1\n1\n1\n", "sdpa"],
      ["1\n60000000\n1\n1\n", "sdpa"],
      ["1\n1\n1e18\n1\n", "sdpa"],
      ["1\n1\n50000\n1\n", "sdpa"],
      ["VER\n1\nOBJSENSE\nMIN\nVAR\n60000000 60000000\nF 1\n", "cbf"],
      ["VER\n1\nOBJSENSE\nMIN\nPSDVAR\n60000000\n1\n", "cbf"],
      ["VER\n1\nOBJSENSE\nMIN\nVAR\n1 1\nF 1\nOBJACOORD\n9007199254740991\n0 1\n", "cbf"],
      ["VER\n1\nPOWCONES\n60000000 120000000\n2\n", "cbf"],
      [
        '{"format":"spectrahedron-problem","version":1,"variables":60000000,"rows":60000000,"cones":[],"c":[]}',
        "json",
      ],
    ];
    for (const [text, format] of texts) {
      await expect(readProblem(text, { name: "huge", format }), text).rejects.toThrow(FormatError);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100e6);
  });

  it("damaged points", async () => {
    const text = [
      ...writePoint({
        x: Float64Array.of(1, 2),
        y: new Float64Array(30),
        s: Float64Array.from({ length: 30 }, (_, k) => k),
      }),
    ].join("");
    await fc.assert(
      fc.asyncProperty(mutations, async (changes) => {
        const damaged = changes.reduce((t, change) => change(t), text);
        try {
          const { x, y, s } = await readPoint(damaged, { variables: 2, rows: 30 });
          expect([x.length, y.length, s.length]).toEqual([2, 30, 30]);
          for (const vector of [x, y, s]) expect(vector.every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error instanceof FormatError || error instanceof WarmStartError, String(error)).toBe(true);
        }
      }),
      { seed: 64, numRuns: RUNS },
    );
  });
});
