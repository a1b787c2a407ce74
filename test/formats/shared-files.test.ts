import { describe, expect, it } from "vitest";
import { readProblemFile } from "../../src/formats/node-files.ts";
import type { CbfSource, MpsSource, SdpaSource } from "../../src/formats/problem-source.ts";
import { validateProblem } from "../../src/problem/validate.ts";
import { hasSharedData, sharedIndex, sharedPath } from "./reading.ts";

interface SdpEntry {
  file: string;
  m: number;
  blocks: number[];
  nnz?: number;
  nnz_objective_matrix?: number;
}
interface LpEntry {
  file: string;
  rows: number;
  cols: number;
  nnz: number;
  row_types: Record<"E" | "L" | "G", number | undefined>;
  ranges: number;
  bounds: number;
}
interface ConicEntry {
  file: string;
  sense: string;
  cbf_version: number;
  scalar_vars: number;
  scalar_rows: number;
  nnz: number;
  psd_vars: number[];
  psd_cons: number[];
}

describe.skipIf(!hasSharedData)("benchmark files have the counts of their index", () => {
  for (const folder of ["sdplib", "sdpextra", "moment"]) {
    const problems = sharedIndex<SdpEntry>(`${folder}/${folder}.json`);
    it(`${folder}: ${problems.length} SDPA files`, async () => {
      for (const entry of problems) {
        const problem = await readProblemFile(sharedPath(`${folder}/${entry.file}`));
        const source = problem.source as SdpaSource;
        expect(problem.c.length, entry.file).toBe(entry.m);
        expect([...source.blockSizes], entry.file).toEqual(entry.blocks);
        if (entry.nnz !== undefined) {
          expect(source.constantEntries, entry.file).toBe(entry.nnz_objective_matrix);
          expect(source.constantEntries + source.matrixEntries, entry.file).toBe(entry.nnz);
        }
        expect(() => validateProblem(problem)).not.toThrow();
      }
    });
  }

  const lps = sharedIndex<LpEntry>("lp/lp.json");
  it(`lp: ${lps.length} MPS files`, async () => {
    for (const entry of lps) {
      const problem = await readProblemFile(sharedPath(`lp/${entry.file}`));
      const source = problem.source as MpsSource;
      const types = (type: string): number => source.rowTypes.filter((t) => t === type).length;
      expect(
        {
          rows: source.rowNames.length,
          cols: problem.c.length,
          nnz: source.matrixEntries,
          bounds: source.boundLines,
          ranges: source.rangeLines,
          E: types("E"),
          L: types("L"),
          G: types("G"),
        },
        entry.file,
      ).toEqual({
        rows: entry.rows,
        cols: entry.cols,
        nnz: entry.nnz,
        bounds: entry.bounds,
        ranges: entry.ranges,
        E: entry.row_types.E ?? 0,
        L: entry.row_types.L ?? 0,
        G: entry.row_types.G ?? 0,
      });
      expect(problem.objective?.offset ?? 0, entry.file).toBe(entry.file === "e226.mps" ? 7.113 : 0);
      expect(() => validateProblem(problem)).not.toThrow();
    }
  });

  it("lp: fixed and free reading agree, blank set names aside", async () => {
    for (const { file } of lps) {
      const fixed = await readProblemFile(sharedPath(`lp/${file}`), { mpsForm: "fixed" });
      const auto = await readProblemFile(sharedPath(`lp/${file}`));
      expect(fixed.A, file).toEqual(auto.A);
      expect([fixed.c, fixed.b, fixed.cones], file).toEqual([auto.c, auto.b, auto.cones]);
    }
  });

  const conics = sharedIndex<ConicEntry>("conic/conic.json");
  it(`conic: ${conics.length} CBF files`, async () => {
    for (const entry of conics) {
      const problem = await readProblemFile(sharedPath(`conic/${entry.file}`));
      const source = problem.source as CbfSource;
      expect(source.version, entry.file).toBe(entry.cbf_version);
      expect(problem.objective?.sign ?? 1).toBe(entry.sense === "MIN" ? 1 : -1);
      expect([source.scalarVariables, source.scalarConstraints], entry.file).toEqual([
        entry.scalar_vars,
        entry.scalar_rows,
      ]);
      expect([...source.psdVariables, 0, ...source.psdConstraints]).toEqual([
        ...entry.psd_vars,
        0,
        ...entry.psd_cons,
      ]);
      if (entry.psd_vars.length === 0) expect(source.matrixEntries, entry.file).toBe(entry.nnz);
      expect(() => validateProblem(problem)).not.toThrow();
    }
  });
});
