import { describe, expect, it } from "vitest";
import { writeJson } from "../../src/formats/json-write.ts";
import type { SdpaSource } from "../../src/formats/problem-source.ts";
import { readProblem } from "../../src/formats/read.ts";

const VARIABLES = 2000;
const ORDER = 400;
const PER_MATRIX = 700;
const ENTRIES = VARIABLES * PER_MATRIX;

/** An SDPA file of about 30 MB, made as it is read. */
async function* bigFile(counter: { bytes: number }): AsyncGenerator<Uint8Array, void, void> {
  const encoder = new TextEncoder();
  const piece = (text: string): Uint8Array => {
    const bytes = encoder.encode(text);
    counter.bytes += bytes.length;
    return bytes;
  };
  yield piece(`${VARIABLES} = m\n1\n${ORDER}\n${"1.5 ".repeat(VARIABLES)}\n`);
  for (let matrix = 1; matrix <= VARIABLES; matrix++) {
    let text = "";
    for (let k = 0; k < PER_MATRIX; k++) {
      const i = 1 + Math.floor(k / 2);
      text += `${matrix} 1 ${i} ${i + (k % 2)} -${matrix % 97}.${1000 + k}00000e-1\n`;
    }
    yield await Promise.resolve(piece(text));
  }
}

describe("large files", () => {
  it("30 MB of SDPA are read as a stream in seconds, at a few times the size of the problem", async () => {
    const counter = { bytes: 0 };
    const before = process.memoryUsage();
    const begin = performance.now();
    const problem = await readProblem(bigFile(counter), { name: "big.dat-s" });
    const seconds = (performance.now() - begin) / 1000;
    const after = process.memoryUsage();
    expect(counter.bytes).toBeGreaterThan(28e6);
    expect((problem.source as SdpaSource).matrixEntries).toBe(ENTRIES);
    expect(problem.c.length).toBe(VARIABLES);
    // Wide margins: half a second and 150 MB on an idle machine.
    expect(seconds).toBeLessThan(15);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(200e6);
  });

  it("16 MB of JSON in one line are read as a stream", async () => {
    const n = 1_500_000;
    const c = Float64Array.from({ length: n }, (_, k) => Math.sin(k));
    const none = {
      rows: 0,
      cols: n,
      colPtr: new Int32Array(n + 1),
      rowIdx: new Int32Array(0),
      values: new Float64Array(0),
    };
    const text = [
      ...writeJson({
        c,
        b: new Float64Array(0),
        A: { kind: "sparse", rows: 0, cols: n, matrix: none },
        cones: [],
      }),
    ].join("");
    const problem = await readProblem(text, { name: "big.json" });
    expect(problem.c.length).toBe(n);
    expect(problem.c.every((value, k) => value === c[k])).toBe(true);
  });
});
