import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPoint } from "../../src/formats/point.ts";
import { renderVegaLite } from "../../src/report/figure.ts";
import { runTask } from "../../src/tasks/registry.ts";
import type { TaskInput, TaskOutcome, TaskProgress } from "../../src/tasks/task.ts";
import { INFEASIBLE, maxCut, SMALL_SDP } from "../cli/problems.ts";
import { BuiltCommand, temporaryFolder } from "../cli/run.ts";
import { writeFile } from "node:fs/promises";

const encoder = new TextEncoder();
const input = (name: string, text: string): TaskInput => ({ name, bytes: encoder.encode(text) });

/** Two inputs, a bilinear target that ±1 weights can express, and a little noise. */
function table(rows: number): string {
  const lines = ["a,b,y"];
  for (let i = 0; i < rows; i++) {
    const [a, b] = [Math.sin(3 * i + 1), Math.cos(5 * i)];
    lines.push(`${a},${b},${(a + b) * (a - b) + 0.01 * Math.sin(17 * i)}`);
  }
  return `${lines.join("\n")}\n`;
}

const NETWORK = JSON.stringify({
  input_size: 2,
  output_size: 1,
  layers: [
    { weights: [[1, -1], [0.5, 1]], bias: [0, 0.1], activation: "relu" },
    { weights: [[1, -2]], bias: [0.3], activation: "identity" },
  ],
});
const BOX = '{"lower": -1, "upper": 1}';
const WEIGHTS = '{"weights": [[[1, 0.5], [-0.5, 1]], [[1, -1]]]}';

/** Everything but clocks. */
function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !/seconds|tightening/i.test(key));
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutTimes(part)]));
}

async function renders({ figures }: TaskOutcome): Promise<void> {
  expect(figures.length).toBeGreaterThan(0);
  for (const { spec } of figures) expect(await renderVegaLite(spec)).toContain("<svg");
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let command: BuiltCommand;

beforeAll(async () => {
  [folder, command] = await Promise.all([temporaryFolder(), BuiltCommand.build()]);
});
afterAll(() => Promise.all([folder.remove(), command.remove()]));

/** The record of the command with --json, which the task's must equal but for its clocks. */
async function sameAsCommand(outcome: TaskOutcome, ...args: string[]): Promise<void> {
  const json = folder.path("record.json");
  const run = await command.run(...args, "--json", json, "--quiet");
  expect(run.stderr).toBe("");
  const text = (await readFile(json, "utf8")).trim();
  const records = text.split("\n").map((line) => JSON.parse(line) as unknown);
  const plain = JSON.parse(JSON.stringify(outcome.record)) as unknown;
  expect(withoutTimes(plain)).toEqual(withoutTimes(Array.isArray(plain) ? records : records[0]));
}

async function file(name: string, text: string): Promise<string> {
  await writeFile(folder.path(name), text);
  return folder.path(name);
}

describe("tasks", () => {
  it("solve: a gzipped problem, its spectrum, and the point it started from", async () => {
    const problem = { name: "small.dat-s.gz", bytes: new Uint8Array(gzipSync(SMALL_SDP)) };
    const seen: TaskProgress[] = [];
    const outcome = await runTask("solve", { eps: 1e-7 }, { problem }, { onProgress: (at) => seen.push(at) });
    expect(outcome).toMatchObject({ status: "solved", reached: true });
    expect((outcome.record as { primalObjective: number }).primalObjective).toBeCloseTo(-41.9, 4);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every(({ text, seconds }) => text !== "" && seconds >= 0)).toBe(true);
    // X of a 2×2 block that is singular at the optimum, falling.
    expect(outcome.spectrum).toHaveLength(2);
    const [first, second] = outcome.spectrum as Float64Array;
    expect(first).toBeGreaterThan(second);
    await renders(outcome);
    const [point] = outcome.files;
    expect(point.name).toBe("point.json");
    expect((await readPoint(point.content as string)).x).toHaveLength(3);
    const again = await runTask("solve", {}, { problem, warmStart: input("point.json", point.content as string) });
    expect(again.status).toBe("solved");
    await sameAsCommand(outcome, "solve", await file("small.dat-s", SMALL_SDP), "--eps", "1e-7");
  });

  it("solve: certificates of infeasibility, and a checkpoint where a limit ends it", async () => {
    const infeasible = await runTask("solve", {}, { problem: input("p.dat-s", INFEASIBLE) });
    expect(infeasible).toMatchObject({ status: "primalInfeasible", reached: true });
    expect(infeasible.files.map(({ name }) => name)).toContain("certificate.json");
    const problem = input("cut.dat-s", maxCut(30));
    let checkpoint: string | undefined;
    const onCheckpoint = (text: string): void => void (checkpoint = text);
    const parameters = { method: "splitting", maxIterations: 30 };
    const first = await runTask("solve", parameters, { problem }, { onCheckpoint });
    expect(first).toMatchObject({ status: "iterationLimit", reached: false });
    const second = await runTask("solve", {}, { problem }, { resume: checkpoint ?? "" });
    expect(second.status).toBe("solved");
  });

  it("solve: an aborted run says so", async () => {
    const problem = input("cut.dat-s", maxCut(30));
    const outcome = await runTask("solve", {}, { problem }, { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ status: "interrupted", reached: false });
  });

  it("quantize: what the command reports, and the network in both formats", async () => {
    const parameters = { target: "y", neurons: [5, 20], repeat: 2, task: "regression" };
    const outcome = await runTask("quantize", parameters, { data: input("data.csv", table(30)) });
    expect(outcome.files.map(({ name }) => name)).toEqual(["network.json", "network.onnx"]);
    await renders(outcome);
    const options = ["--target", "y", "--neurons", "5,20", "--repeat", "2", "--task", "regression"];
    const json = folder.path("quantize.json");
    await command.run("quantize", await file("data.csv", table(30)), ...options, "--json", json, "--quiet");
    const record = JSON.parse(await readFile(json, "utf8")) as unknown;
    expect(withoutTimes(JSON.parse(JSON.stringify(outcome.record)))).toEqual(withoutTimes(record));
    const chosen = await runTask(
      "quantize",
      { target: "y", neurons: 5, betaGrid: [0.01, 100], task: "regression" },
      { data: input("data.csv", table(40)) },
    );
    expect((chosen.record as { beta: number }).beta).toBe(0.01);
  });

  it("minimize: an expression, and one of several problems", async () => {
    const expression = "x^4 - 3*x^2 + x*y + y^2";
    const outcome = await runTask("minimize", { expression, certificate: true }, {});
    expect(outcome).toMatchObject({ status: "optimal", reached: true });
    expect(outcome.files.map(({ name }) => name)).toEqual(["certificate.json"]);
    await sameAsCommand(outcome, "minimize", expression);
    const problems = { problems: [{ name: "a", num_variables: 1, objective: "x1^2" }, { name: "b", num_variables: 1, objective: "x1^2 - 2*x1" }] };
    const problem = input("several.json", JSON.stringify(problems));
    const b = await runTask("minimize", { problem: "b" }, { problem });
    expect((b.record as { upperBound: number }).upperBound).toBeCloseTo(-1, 6);
    await expect(runTask("minimize", { problem: "c" }, { problem })).rejects.toThrow('no problem "c"');
    await expect(runTask("minimize", {}, { problem })).rejects.toThrow("holds 2, a, b");
    await expect(runTask("minimize", { expression }, { problem })).rejects.toThrow("expression goes without an input");
    await expect(runTask("minimize", {}, {})).rejects.toThrow("expression is missing");
    await expect(runTask("minimize", { expression: "1 + 2" }, {})).rejects.toThrow("has no variables");
  });

  it("activation: coefficients of a planted network", async () => {
    const lines = ["x1,x2,y"];
    for (let i = 0; i < 12; i++) {
      const x = [Math.sin(i + 1), Math.cos(2 * i)];
      const t = [x[0] + 0.5 * x[1], -0.5 * x[0] + x[1]];
      const h = t.map((v) => 2 - v + 0.5 * v * v);
      lines.push(`${x[0]},${x[1]},${h[0] - h[1]}`);
    }
    const data = `${lines.join("\n")}\n`;
    const inputs = { data: input("data.csv", data), weights: input("net.json", WEIGHTS) };
    const outcome = await runTask("activation", { degrees: [2] }, inputs);
    const { coefficients } = outcome.record as { coefficients: Record<string, number> };
    const values = Object.values(coefficients);
    expect(values[values.length - 1]).toBeCloseTo(0.5, 4);
    await renders(outcome);
    const files = [await file("a.csv", data), "--weights", await file("a.json", WEIGHTS)];
    await sameAsCommand(outcome, "activation", ...files, "--degrees", "2");
    const narrow = { ...inputs, data: input("data.csv", "x1,y\n1,2\n") };
    await expect(runTask("activation", { degrees: 2 }, narrow)).rejects.toThrow("2 columns, but the network has 2 inputs");
  });

  it("bound: boxes and balls", async () => {
    const network = input("net.json", NETWORK);
    const outcome = await runTask("bound", { objective: ["y0 >= -10", "max y0"] }, { network, box: input("box.json", BOX) });
    expect(outcome).toMatchObject({ status: "holds", reached: true });
    await renders(outcome);
    const files = [await file("net.json", NETWORK), "--box", await file("box.json", BOX)];
    await sameAsCommand(outcome, "bound", ...files, "--objective", "y0 >= -10", "--objective", "max y0");
    const box = input("points.csv", "0.1,0.2\n0.3,-0.4\n");
    const balls = await runTask("bound", { eps: 0.1, clip: [-1, 1] }, { network, box });
    expect(balls.record).toHaveLength(4);
    await sameAsCommand(balls, "bound", files[0], "--box", `eps:0.1@${await file("points.csv", "0.1,0.2\n0.3,-0.4\n")}`, "--clip=-1:1");
    await expect(runTask("bound", {}, { network, box })).rejects.toThrow("eps is missing");
    await expect(runTask("bound", { eps: 0.1, row: 3 }, { network, box })).rejects.toThrow("has 2 rows");
  });

  it("sosx: a search that is taken up again", async () => {
    const data = input("data.csv", table(20));
    const parameters = { target: "y", neurons: 1, nodes: 30, timeLimit: 0, epochs: 5, compare: ["ols"] };
    const outcome = await runTask("sosx", parameters, { data });
    expect(outcome.files.map(({ name }) => name)).toEqual(["network.json"]);
    await renders(outcome);
    const options = ["--target", "y", "--neurons", "1", "--nodes", "30", "--time-limit", "0", "--epochs", "5", "--compare", "ols"];
    await sameAsCommand(outcome, "sosx", await file("sosx.csv", table(20)), ...options);
    let checkpoint: string | undefined;
    const onCheckpoint = (text: string): void => void (checkpoint = text);
    await runTask("sosx", { ...parameters, nodes: 10 }, { data }, { onCheckpoint });
    const resumed = await runTask("sosx", parameters, { data }, { resume: checkpoint ?? "" });
    expect((resumed.record as { nodes: number }).nodes).toBeGreaterThanOrEqual(10);
  });
});
