import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SMALL_SDP } from "./problems.ts";
import { BuiltCommand, temporaryFolder } from "./run.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let small: string;
let command: BuiltCommand;

beforeAll(async () => {
  [folder, command] = await Promise.all([temporaryFolder(), BuiltCommand.build()]);
  small = folder.path("small.dat-s");
  await writeFile(small, SMALL_SDP);
});
afterAll(() => Promise.all([folder.remove(), command.remove()]));

describe("spectrahedron info", () => {
  it("prints sizes, cones and magnitudes", async () => {
    const run = await command.run("info", small);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^variables \(n\) +3$/m);
    expect(run.stdout).toMatch(/^cones +semidefinite orders: 2$/m);
    expect(run.stdout).toMatch(/^numbers in A +5$/m);
    expect(run.stdout).toMatch(/^magnitudes of c +8\.00e\+00 to 4\.80e\+01$/m);
  });

  it("refuses a missing file", async () => {
    expect((await command.run("info", folder.path("absent.mps"))).code).toBe(1);
  });
});

describe("spectrahedron convert", () => {
  it.each(["json", "cbf", "json.gz"])("keeps the problem on the way to .%s", async (ending) => {
    const target = folder.path(`converted.${ending}`);
    const converted = await command.run("convert", small, target);
    expect(converted, converted.stderr).toMatchObject({ code: 0, stderr: "" });
    const run = await command.run("solve", target, "--quiet", "--json", "-");
    expect(run.code, run.stderr).toBe(0);
    expect((JSON.parse(run.stdout) as { primalObjective: number }).primalObjective).toBeCloseTo(-41.9, 3);
  });

  it("comes back to SDPA unchanged in value", async () => {
    const [json, back] = ["there.json", "back.dat-s"].map(folder.path);
    await command.run("convert", small, json);
    const run = await command.run("convert", json, back);
    expect(run.code, run.stderr).toBe(0);
    expect(await readFile(back, "utf8")).toMatch(/-11\b/);
  });
});
