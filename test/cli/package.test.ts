import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { SMALL_SDP } from "./problems.ts";
import { temporaryFolder } from "./run.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let installed: string;
let packed: string[];

/** What npm would publish, unpacked into an otherwise empty project beside its runtime dependencies. */
beforeAll(async () => {
  folder = await temporaryFolder();
  expect(existsSync(join(root, "dist")), "dist/ is missing: run `npm ci` or `npm run build`").toBe(true);
  const destination = folder.path(".");
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", destination];
  const { stdout } = await run("npm", args, { cwd: root });
  const [archive] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  packed = archive.files.map(({ path }) => path);
  installed = folder.path("node_modules/spectrahedron");
  await mkdir(installed, { recursive: true });
  await run("tar", ["-xzf", folder.path(archive.filename), "--strip-components=1", "-C", installed]);
  for (const name of Object.keys(manifest.dependencies)) {
    await symlink(join(root, "node_modules", name), folder.path(`node_modules/${name}`));
  }
  await writeFile(folder.path("package.json"), '{ "type": "module" }');
});
afterAll(() => folder.remove());

const PROGRAM = `
import { solve, sparseFromTriplets, type ConicProblem, type Result } from "spectrahedron";
import { readProblemFile } from "spectrahedron/node";

const problem: ConicProblem = {
  c: Float64Array.from([1, 1]),
  A: { kind: "sparse", rows: 3, cols: 2, matrix: sparseFromTriplets(3, 2, [0, 2], [0, 1], [-1, -1]) },
  b: Float64Array.from([0, Math.SQRT2, 0]),
  cones: [{ kind: "psd", order: 2 }],
};
const result: Result = await solve(problem, { eps: 1e-7, onIteration: ({ iteration }) => void iteration });
const fromFile: Result = await solve(await readProblemFile("small.dat-s"));
console.log(JSON.stringify([result, fromFile].map((r) => [r.status, r.measures.primalObjective])));
`;

describe("the package as npm publishes it", () => {
  it("holds what is needed and nothing else", () => {
    for (const path of ["package.json", "README.md", "LICENSE", "CHANGELOG.md", "dist/index.js", "dist/index.d.ts"]) {
      expect(packed).toContain(path);
    }
    expect(packed.filter((path) => !/^(dist\/|package\.json$|(README|LICENSE|CHANGELOG)(\.md)?$)/.test(path))).toEqual([]);
  });

  it("solves from JavaScript", async () => {
    await writeFile(folder.path("small.dat-s"), SMALL_SDP);
    const plain = PROGRAM.replace(/, type \w+/g, "").replace(/: (ConicProblem|Result)\b/g, "");
    await writeFile(folder.path("program.js"), plain);
    const { stdout } = await run(process.execPath, ["program.js"], { cwd: folder.path(".") });
    const [[status, objective], [fileStatus, fileObjective]] = JSON.parse(stdout) as [string, number][];
    expect([status, fileStatus]).toEqual(["solved", "solved"]);
    expect(objective).toBeCloseTo(2, 5);
    expect(fileObjective).toBeCloseTo(-41.9, 3);
  });

  it.each(["nodenext", "bundler"])("has types that stand on their own (%s)", async (resolution) => {
    await writeFile(folder.path("program.ts"), PROGRAM);
    const module = resolution === "bundler" ? "esnext" : resolution;
    const args = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022", "--lib", "es2023,dom"];
    args.push("--module", module, "--moduleResolution", resolution, "program.ts");
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const outcome = await run(process.execPath, [tsc, ...args], { cwd: folder.path(".") }).catch(
      (error: { stdout: string }) => error,
    );
    expect(outcome.stdout).toBe("");
  });

  it("has a command that runs by itself", async () => {
    const main = join(installed, manifest.bin.spectrahedron);
    expect(await readFile(main, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    const { stdout } = await run(main, ["--version"], { cwd: folder.path(".") });
    expect(stdout.trim()).toBe(manifest.version);
  });

  it("is linked in its own clone, so that npx finds it", async () => {
    const { stdout } = await run(join(root, "node_modules", ".bin", "spectrahedron"), ["--version"]);
    expect(stdout.trim()).toBe(manifest.version);
  });
});
