import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FormatError, ProblemError, SettingsError } from "../../src/errors.ts";
import {
  readPointFile,
  readProblemFile,
  writePointFile,
  writeProblemFile,
} from "../../src/formats/node-files.ts";
import { readProblem } from "../../src/formats/read.ts";
import { pieces, withoutSource } from "./reading.ts";

const TEXT = '"tiny\n1 = m\n1\n2\n3\n0 1 1 1 -1\n1 1 1 2 4\n';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "formats-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("files", () => {
  it("are written and read in every format, gzipped or not, and leave nothing else behind", async () => {
    const problem = await readProblem(TEXT, { name: "tiny.dat-s" });
    for (const ending of ["dat-s", "dat-s.gz", "cbf", "cbf.gz", "json", "json.gz"]) {
      const path = join(folder, `copy.${ending}`);
      await writeProblemFile(problem, path);
      const bytes = await readFile(path);
      expect(bytes[0] === 0x1f && bytes[1] === 0x8b, ending).toBe(ending.endsWith(".gz"));
      const back = await readProblemFile(path);
      expect(withoutSource(back), ending).toEqual({
        ...withoutSource(problem),
        name: ending.startsWith("json") ? "tiny" : "copy",
      });
    }
    expect((await readdir(folder)).every((file) => file.startsWith("copy."))).toBe(true);
  });

  it("are recognised by content where the name says nothing", async () => {
    const problem = await readProblem(TEXT, { name: "tiny.dat-s" });
    const copy = join(folder, "copy.json");
    await writeProblemFile(problem, copy);
    const json = await readFile(copy);
    expect((await readProblem(json, { name: "stdin" })).source.format).toBe("json");
    expect((await readProblem(gzipSync(json), { name: "stdin" })).source.format).toBe("json");
    expect((await readProblem(TEXT, { name: "stdin" })).source.format).toBe("sdpa");
    expect((await readProblem("# c\nVER\n1\nOBJSENSE\nMIN\n", { name: "stdin" })).source.format).toBe("cbf");
    expect((await readProblem("* c\nNAME\nROWS\nCOLUMNS\nENDATA\n", { name: "stdin" })).source.format).toBe(
      "mps",
    );
  });

  it("gzip is recognised by its bytes, also over chunk borders and under a plain name", async () => {
    const bytes = gzipSync(TEXT);
    const expected = withoutSource(await readProblem(TEXT, { name: "a.dat-s" }));
    for (const size of [1, 2, 10, 1000]) {
      expect(withoutSource(await readProblem(pieces(bytes, size), { name: "a.dat-s" }))).toEqual(expected);
    }
    const stream = new Blob([bytes]).stream() as ReadableStream<Uint8Array>;
    expect(withoutSource(await readProblem(stream, { name: "a.dat-s" }))).toEqual(expected);
  });

  it("truncated or damaged gzip is a FormatError", async () => {
    const bytes = gzipSync(TEXT.repeat(1));
    for (const length of [2, 5, 12, bytes.length - 9, bytes.length - 1]) {
      const path = join(folder, "copy.cut.gz");
      await writeFile(path, bytes.subarray(0, length));
      await expect(readProblemFile(path, { format: "sdpa" }), String(length)).rejects.toThrow(FormatError);
    }
    const damaged = new Uint8Array(bytes);
    damaged[bytes.length - 6] ^= 0x55;
    await expect(readProblem(damaged, { name: "a.dat-s" })).rejects.toThrow(/gzip/);
  });

  it("an unfinished write leaves the old file and no other", async () => {
    const path = join(folder, "copy.kept.dat-s");
    await writeFile(path, TEXT);
    const before = await readdir(folder);
    const problem = await readProblem(TEXT, { name: "tiny" });
    const quadratic = {
      rows: 1,
      cols: 1,
      colPtr: Int32Array.of(0, 1),
      rowIdx: Int32Array.of(0),
      values: Float64Array.of(1),
    };
    await expect(writeProblemFile({ ...problem, P: quadratic }, path)).rejects.toThrow(/quadratic/);
    expect(await readFile(path, "utf8")).toBe(TEXT);
    expect(await readdir(folder)).toEqual(before);
    await expect(writeProblemFile(problem, join(folder, "absent", "x.json"))).rejects.toThrow(/ENOENT/);
  });

  it("formats that cannot be written are named", async () => {
    const problem = await readProblem(TEXT, { name: "tiny" });
    await expect(writeProblemFile(problem, join(folder, "x.mps"))).rejects.toThrow(SettingsError);
    await expect(writeProblemFile(problem, join(folder, "x.txt"))).rejects.toThrow(/names no format/);
  });

  it("an unsound problem is not written", async () => {
    const problem = await readProblem(TEXT, { name: "tiny" });
    for (const ending of ["json", "cbf", "dat-s"]) {
      const path = join(folder, `copy.unsound.${ending}`);
      await expect(writeProblemFile({ ...problem, c: Float64Array.of(NaN) }, path)).rejects.toThrow(
        ProblemError,
      );
    }
  });

  it("a file that is not there is the system's error", async () => {
    await expect(readProblemFile(join(folder, "absent.mps"))).rejects.toThrow(/ENOENT/);
  });

  it("a reader that fails closes its source", async () => {
    let closed = false;
    const source = (async function* () {
      try {
        for (;;) yield await Promise.resolve(new TextEncoder().encode("x\n"));
      } finally {
        closed = true;
      }
    })();
    await expect(readProblem(source, { name: "a.dat-s" })).rejects.toThrow(FormatError);
    expect(closed).toBe(true);
  });

  it("points are saved and read", async () => {
    const path = join(folder, "copy.point.json");
    const point = { x: Float64Array.of(1), y: Float64Array.of(2, 3), s: new Float64Array(2) };
    await writePointFile(point, path);
    expect(await readPointFile(path)).toEqual(point);
    await expect(readPointFile(path, { rows: 3 })).rejects.toThrow(/3 rows/);
  });
});
