import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { example34 } from "../../bench/reproduce/moment/lib/example34.ts";
import { activationCommand } from "../../src/cli/commands/activation.ts";
import { minimizeCommand } from "../../src/cli/commands/minimize.ts";
import type { DenseMatrix } from "../../src/moment/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spectrahedron-moment-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** Runs a command in this process; its standard output and exit code. */
async function run(
  command: Command,
  ...args: string[]
): Promise<{ readonly stdout: string; readonly code: number }> {
  let stdout = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  await command.exitOverride().parseAsync(args, { from: "user" });
  return { stdout, code: Number(process.exitCode ?? 0) };
}

const rowsOf = ({ rows, cols, values }: DenseMatrix): number[][] =>
  Array.from({ length: rows }, (_, i) => [...values.slice(i * cols, (i + 1) * cols)]);

describe("spectrahedron minimize", () => {
  it("minimises an expression and writes one JSON object", async () => {
    const { stdout, code } = await run(
      minimizeCommand(),
      "x1*x2",
      "--subject-to",
      "x1^2 + x2^2 <= 1",
      "--json",
      "--quiet",
    );
    expect(code).toBe(0);
    const json = JSON.parse(stdout) as Record<string, unknown>;
    for (const field of [
      "status",
      "order",
      "relaxationValue",
      "certifiedLowerBound",
      "upperBound",
      "minimizers",
      "flat",
      "ranks",
      "seconds",
      "backend",
    ]) {
      expect(json, field).toHaveProperty(field);
    }
    expect(json["status"]).toBe("optimal");
    expect(json["certifiedLowerBound"]).toBeLessThanOrEqual(-0.5);
    expect(json["certifiedLowerBound"]).toBeGreaterThan(-0.50001);
    expect(json["minimizers"]).toHaveLength(2);
  });

  it("reads files, chooses among several problems, writes the certificate", async () => {
    const file = join(folder, "pop.json");
    const certificate = join(folder, "sos.json");
    const problem = {
      name: "disc",
      num_variables: 1,
      objective: "x1^4 - x1",
      inequalities_ge0: ["4 - x1^2"],
    };
    await writeFile(file, JSON.stringify({ problems: [problem] }));
    const { stdout, code } = await run(
      minimizeCommand(),
      file,
      "--problem",
      "disc",
      "--certificate",
      certificate,
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/OPTIMAL/);
    expect(stdout).toMatch(/minimiser {4}x1 = 0\.62996/);
    const json = JSON.parse(await readFile(certificate, "utf8")) as {
      identityError: number;
      grams: unknown[];
    };
    expect(json.identityError).toBeLessThan(1e-14);
    expect(json.grams).toHaveLength(2);
  });

  it("has an exit code for infeasible and for unbounded", async () => {
    expect((await run(minimizeCommand(), "x", "-s", "x <= 0", "x >= 1", "--quiet")).code).toBe(3);
    expect((await run(minimizeCommand(), "x^3", "--quiet")).code).toBe(4);
  });

  it.each([
    [["x +"], /ends too early/],
    [["x^4", "--order", "1"], /at least 2/],
    [["7"], /has no variables/],
    [["x", "-s", "x + 1"], />=, <= and =/],
    [["nothing.json"], /ENOENT/],
  ])("refuses %j", async (args, message) => {
    await expect(run(minimizeCommand(), ...args)).rejects.toThrow(message);
  });
});

describe("spectrahedron activation", () => {
  it("learns Example 3.4 and draws its residuals", async () => {
    const data = join(folder, "data.csv");
    const net = join(folder, "net.json");
    const figure = join(folder, "residuals.svg");
    const X = rowsOf(example34.inputs);
    const Y = rowsOf(example34.targets);
    await writeFile(data, `x1,x2,x3,x4,y1,y2,y3,y4\n${X.map((x, i) => [...x, ...Y[i]].join()).join("\n")}\n`);
    await writeFile(net, JSON.stringify({ weights: example34.network.weights.map(rowsOf) }));
    const { stdout, code } = await run(
      activationCommand(),
      data,
      "--weights",
      net,
      "--degrees",
      "2,1",
      "--loss",
      "mean",
      "--figure",
      figure,
      "--json",
      "--quiet",
    );
    expect(code).toBe(0);
    const json = JSON.parse(stdout) as { readonly coefficients: Readonly<Record<string, number>> };
    const { c1_1, c1_2, c2_0, c2_1 } = json.coefficients;
    [c1_1, c1_2, c2_0, c2_1].forEach((c, k) => expect(c).toBeCloseTo(example34.minimizer[k], 7));
    expect(await readFile(figure, "utf8")).toMatch(/^<svg/);
    await expect(run(activationCommand(), data, "--weights", net, "--degrees", "2")).rejects.toThrow(
      /need 2 weight matrices/,
    );
    await writeFile(data, "x1,y1\n1,2\n");
    await expect(run(activationCommand(), data, "--weights", net, "--degrees", "2,1")).rejects.toThrow(
      /has 2 columns/,
    );
    await writeFile(net, "{}");
    await expect(run(activationCommand(), data, "--weights", net, "--degrees", "2,1")).rejects.toThrow(
      /expected \{"weights"/,
    );
  });
});
