import { readdir, readFile, writeFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonSummary } from "../../src/report/json-summary.ts";
import { INFEASIBLE, maxCut, SMALL_SDP, UNBOUNDED } from "./problems.ts";
import { BuiltCommand, stderrShows, temporaryFolder, type Finished } from "./run.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let small: string;
let command: BuiltCommand;

const parse = (run: Finished): JsonSummary => JSON.parse(run.stdout) as JsonSummary;

beforeAll(async () => {
  [folder, command] = await Promise.all([temporaryFolder(), BuiltCommand.build()]);
  small = folder.path("small.dat-s");
  await writeFile(small, SMALL_SDP);
  await writeFile(folder.path("infeasible.dat-s"), INFEASIBLE);
  await writeFile(folder.path("unbounded.dat-s"), UNBOUNDED);
  await writeFile(folder.path("large.dat-s"), maxCut(120));
});
afterAll(() => Promise.all([folder.remove(), command.remove()]));

describe("spectrahedron solve", () => {
  it("reports a solved problem to a person", async () => {
    const run = await command.run("solve", small);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain("3 variables, 3 rows; psd 2");
    expect(run.stdout).toMatch(/^Solved \(/m);
    expect(Number(/^ {2}objective +(\S+)/m.exec(run.stdout)?.[1])).toBeCloseTo(-41.9, 3);
    // No terminal: a table instead of a progress line.
    expect(run.stderr).toMatch(/iter +pri res +dual res/);
    expect(run.stderr).not.toContain("\r");
  });

  it("prints exactly one JSON object with --json -", async () => {
    const run = await command.run("solve", small, "--json", "-");
    expect(run.code, run.stderr).toBe(0);
    const object = parse(run);
    expect(run.stdout.trimEnd()).not.toContain("\n");
    for (const key of ["status", "iterations", "lowerBound", "backend", "adapter", "precision", "version"]) {
      expect(object).toHaveProperty(key);
    }
    expect(object.status).toBe("solved");
    expect(object.primalObjective).toBeCloseTo(-41.9, 3);
    expect(object.dualObjective).toBeCloseTo(-41.9, 3);
    expect(object.lowerBound).toBeNull();
    expect(object.dimacs).toHaveLength(6);
    for (const part of ["total", "setup", "linearSolve", "projection", "acceleration"]) {
      expect(object.seconds[part as keyof JsonSummary["seconds"]]).toBeGreaterThanOrEqual(0);
    }
    expect(run.stderr).toContain("Solved");
  });

  it("is silent with --quiet, and writes what it is asked to", async () => {
    const [json, log, point] = ["result.json", "log.csv", "point.json"].map(folder.path);
    const run = await command.run("solve", small, "--quiet", "--json", json, "--log", log, "--save", point);
    expect(run).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(JSON.parse(await readFile(json, "utf8"))).toMatchObject({ status: "solved" });
    expect(await readFile(log, "utf8")).toMatch(/^phase,iteration,.*\n(splitting|interior),/);

    const again = await command.run("solve", small, "--quiet", "--json", "-", "--warm-start", point);
    expect(again.code, again.stderr).toBe(0);
    expect(parse(again).primalObjective).toBeCloseTo(-41.9, 3);
  });

  it("gives a certified lower bound when it is told a trace bound", async () => {
    const run = await command.run("solve", small, "--quiet", "--json", "-", "--trace-bound", "200");
    expect(run.code, run.stderr).toBe(0);
    const { lowerBound } = parse(run);
    expect(lowerBound).toBeLessThanOrEqual(-41.9 + 1e-9);
    expect(lowerBound).toBeGreaterThan(-42);
  });

  it.each([
    ["infeasible.dat-s", 3, "primalInfeasible"],
    ["unbounded.dat-s", 4, "dualInfeasible"],
  ])("tells %s by its exit code and certificate", async (name, code, status) => {
    const run = await command.run("solve", folder.path(name), "--json", "-");
    expect(run.code, run.stderr).toBe(code);
    expect(parse(run)).toMatchObject({ status, primalObjective: null, certificate: { kind: status } });
    expect(run.stderr).toContain("certificate");
  });

  it("exits with 2 at a limit, with the point's true measures", async () => {
    const args = ["--method", "splitting", "--eps", "1e-12", "--max-iterations", "3"];
    const run = await command.run("solve", folder.path("large.dat-s"), ...args, "--json", "-", "--quiet");
    expect(run.code, run.stderr).toBe(2);
    const object = parse(run);
    expect(object.status).toBe("iterationLimit");
    expect(object.residuals.primal).toBeGreaterThan(0);
  });

  it("stops at Ctrl-C, reports and saves the current point, and exits with 130", async () => {
    const point = folder.path("interrupted.json");
    const args = ["--method", "splitting", "--eps", "1e-12", "--json", "-", "--save", point];
    const { child, end } = command.start(["solve", folder.path("large.dat-s"), ...args]);
    await stderrShows(child, /iter +pri res[^]*\n +\d+ /);
    child.kill("SIGINT");
    const run = await end;
    expect(run.code, run.stderr).toBe(130);
    expect(parse(run).status).toBe("interrupted");
    expect(run.stderr).toContain("interrupting");
    expect(JSON.parse(await readFile(point, "utf8"))).toBeTypeOf("object");
  });
});

describe("bad input", () => {
  it.each([
    ["a missing file", ["solve", "absent.dat-s"], /absent\.dat-s/],
    ["no file", ["solve"], /missing required argument 'file'/],
    ["two files", ["solve", "a.dat-s", "b.dat-s"], /too many arguments/],
    ["an unknown option", ["solve", "SMALL", "--epsilon", "1"], /unknown option '--epsilon'/],
    ["an unknown command", ["resolve", "SMALL"], /unknown command 'resolve'/],
    ["a tolerance out of range", ["solve", "SMALL", "--eps", "0"], /'--eps <tolerance>' argument '0' is invalid/],
    ["a tolerance that is no number", ["solve", "SMALL", "--eps", "small"], /must be a number from/],
    ["a fractional count", ["solve", "SMALL", "--max-iterations", "1.5"], /must be a whole number/],
    ["an unknown method", ["solve", "SMALL", "--method", "simplex"], /Allowed choices are/],
    ["an adapter that is not there", ["solve", "SMALL", "--quiet", "--backend", "webgpu", "--adapter", "no such"], /adapter/i],
    ["a missing warm start", ["solve", "SMALL", "--warm-start", "absent.json"], /absent\.json/],
    ["an unknown format", ["convert", "SMALL", "out.xyz"], /out\.xyz/],
  ] as [string, string[], RegExp][])("%s is refused with exit code 1", async (_, args, message) => {
    const run = await command.run(...args.map((arg) => (arg === "SMALL" ? small : arg)));
    expect(run.stderr).toMatch(message);
    expect(run).toMatchObject({ code: 1, stdout: "" });
  });

  it("names line and column of a broken file", async () => {
    const broken = folder.path("broken.dat-s");
    await writeFile(broken, SMALL_SDP.replace("1 1 1 2 4", "1 1 1 two 4"));
    const run = await command.run("solve", broken);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/broken\.dat-s:9:\d+: /);
    expect(run.stderr).not.toMatch(/\n +at /);
  });

  it("refuses a warm start that does not fit", async () => {
    const point = folder.path("short.json");
    const solved = await command.run("solve", folder.path("unbounded.dat-s"), "--quiet", "--save", point);
    expect(solved.code, solved.stderr).toBe(4);
    const run = await command.run("solve", small, "--warm-start", point);
    expect(run).toMatchObject({ code: 1 });
    expect(run.stderr).toMatch(/short\.json holds a point of a problem with 1 variable/);
  });
});

describe("output files", () => {
  it.each(["--save", "--log", "--json"])("an unwritable %s is refused before the solve", async (option) => {
    for (const path of [folder.path("absent/file.json"), dirname(small)]) {
      // The large problem would take far longer than the refusal.
      const run = await command.run("solve", folder.path("large.dat-s"), "--eps", "1e-12", option, path);
      expect(run).toMatchObject({ code: 1, stdout: "" });
      expect(run.stderr).toMatch(/cannot write/);
      expect(run.stderr).not.toContain("pri res");
    }
  });

  it("never overwrites an input or one another", async () => {
    const overInput = await command.run("solve", small, "--save", small);
    expect(overInput.code).toBe(1);
    expect(await readFile(small, "utf8")).toBe(SMALL_SDP);
    const same = folder.path("same.json");
    expect((await command.run("solve", small, "--save", same, "--json", same)).code).toBe(1);
    expect((await command.run("convert", small, small)).code).toBe(1);
  });

  it("leaves nothing behind when the run fails or is killed", async () => {
    const empty = folder.path("empty");
    await mkdir(empty);
    const target = `${empty}/point.json`;
    await command.run("solve", "absent.dat-s", "--save", target);
    expect(await readdir(empty)).toEqual([]);
    const args = ["--method", "splitting", "--eps", "1e-12", "--save", target, "--log", `${empty}/log.csv`];
    const { child, end } = command.start(["solve", folder.path("large.dat-s"), ...args]);
    await stderrShows(child, /pri res/);
    child.kill("SIGKILL");
    expect((await end).signal).toBe("SIGKILL");
    expect(await readdir(empty)).toEqual([]);
  });
});

describe("help", () => {
  it("shows examples and exit codes", async () => {
    const run = await command.run("solve", "--help");
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("Examples:");
    expect(run.stdout).toMatch(/130 +interrupted/);
    for (const line of run.stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});
