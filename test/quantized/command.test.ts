import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExperimentReport } from "../../src/quantized/experiment/run.ts";
import { fillStandardNormal, seededUniform } from "../../src/quantized/random.ts";
import { BuiltCommand, temporaryFolder } from "../cli/run.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let command: BuiltCommand;
let data: string;

/** 60 rows of four features; class yes where the product of the first two is positive. */
function table(): string {
  const noise = fillStandardNormal(new Float64Array(240), seededUniform(3));
  const lines = ["a,b,c,d,kind,value"];
  for (let i = 0; i < 60; i++) {
    const [a, b, c, d] = noise.subarray(4 * i, 4 * i + 4);
    lines.push([a, b, c, d, a * b > 0 ? "yes" : "no", 3 + 2 * a * b].join(","));
  }
  return `${lines.join("\n")}\n`;
}

beforeAll(async () => {
  [folder, command] = await Promise.all([temporaryFolder(), BuiltCommand.build()]);
  data = folder.path("data.csv");
  await writeFile(data, table());
});
afterAll(() => Promise.all([folder.remove(), command.remove()]));

const classify = ["--target", "kind", "--drop", "value", "--beta", "0.5", "--neurons", "20,50"];

describe("spectrahedron quantize", () => {
  it("writes the numbers of a run as one JSON object", async () => {
    const run = await command.run("quantize", data, ...classify, "--compare", "sgd,ste,float", "--json", "-");
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout.trimEnd()).not.toContain("\n");
    const report = JSON.parse(run.stdout) as ExperimentReport;
    expect(report.lowerBound).toBeGreaterThan(0);
    expect(report.lowerBound).toBeLessThanOrEqual(report.relaxedObjective);
    expect(report.relativeGap).toBeLessThanOrEqual(1e-6);
    for (const key of ["iterations", "rank", "backend", "adapter", "seed"])
      expect(report).toHaveProperty(key);
    for (const part of ["setup", "solve", "sampling"]) expect(report.seconds[part]).toBeGreaterThanOrEqual(0);
    expect(report.sampled.map((s) => s.neurons)).toEqual([20, 50]);
    for (const sampled of report.sampled) {
      expect(sampled.objective).toBeGreaterThanOrEqual(sampled.refitObjective);
      expect(sampled.refitObjective).toBeGreaterThanOrEqual(report.lowerBound);
    }
    expect(report.sampled[1].testAccuracy).toBeGreaterThan(0.8);
    expect(report.majority.test).toBeLessThan(0.8);
    expect(report.baselines.map((b) => b.method)).toEqual([
      "sgd float",
      "sgd then quantized",
      "straight-through",
      "float quadratic",
    ]);
    // A table for people, on the other stream.
    expect(run.stderr).toMatch(/lower bound +\S+ +certified/);
    expect(run.stderr).toContain("majority class");
  });

  it("gives a list with --repeat, and the same numbers for the same seed", async () => {
    const one = await command.run("quantize", data, ...classify, "--quiet", "--json", "-", "--seed", "2");
    const two = await command.run("quantize", data, ...classify, "--quiet", "--json", "-", "--repeat", "2");
    const list = JSON.parse(two.stdout) as ExperimentReport[];
    expect(list.map((report) => report.seed)).toEqual([1, 2]);
    const { sampled, lowerBound, relaxed, iterations } = JSON.parse(one.stdout) as ExperimentReport;
    expect(list[1]).toMatchObject({ sampled, lowerBound, relaxed, iterations });
  });

  it("saves a network that predict applies, and a figure", async () => {
    const [net, onnx, figure, out] = ["net.json", "net.onnx", "figure.svg", "out.csv"].map(folder.path);
    const run = await command.run(
      "quantize",
      data,
      ...classify,
      "--save",
      net,
      "--figure",
      figure,
      "--quiet",
    );
    expect(run.code, run.stderr).toBe(0);
    expect(await readFile(figure, "utf8")).toMatch(/^<svg[^]*<\/svg>$/);
    const predicted = await command.run("predict", net, data, "--output", out);
    expect(predicted.code, predicted.stderr).toBe(0);
    const lines = (await readFile(out, "utf8")).trim().split("\n");
    expect(lines[0]).toBe("kind");
    expect(lines).toHaveLength(61);
    expect(Number(/^(\d+) of 60 agree/.exec(predicted.stderr)?.[1])).toBeGreaterThan(48);
    expect((await command.run("quantize", data, ...classify, "--save", onnx, "--quiet")).code).toBe(0);
    expect((await readFile(onnx)).length).toBeGreaterThan(200);
  });

  it("does regression, with polynomial activations and more levels", async () => {
    const net = folder.path("regression.json");
    const args = ["--target", "value", "--drop", "kind", "--beta", "0.01", "--neurons", "400"];
    const run = await command.run(
      ...[
        "quantize",
        data,
        ...args,
        "--activation",
        "1,0.5,0",
        "--levels",
        "2",
        "--save",
        net,
        "--json",
        "-",
      ],
    );
    expect(run.code, run.stderr).toBe(0);
    const report = JSON.parse(run.stdout) as ExperimentReport;
    const [sampled] = report.sampled;
    expect(sampled.trainAccuracy).toBeNull();
    expect(report.relaxed.testError).toBeLessThan(0.5 * (report.majority.test ?? 0));
    const predicted = await command.run("predict", net, data);
    expect(predicted.stdout.trim().split("\n")).toHaveLength(61);
    expect(predicted.stderr).toContain("root mean squared error");
  });

  it("chooses beta on held-out rows", async () => {
    const run = await command.run("quantize", data, ...classify, "--beta-grid", "1000000,0.5", "--json", "-");
    expect((JSON.parse(run.stdout) as ExperimentReport).beta).toBe(0.5);
  });

  it.each([
    ["missing cells", "a,b,t\n1,2,x\n,3,y\n4,5,x\n", [], /column "a" has a missing cell.*--drop a/],
    ["text in a feature", "a,b,t\n1,2,x\n4,red,y\n4,5,x\n", [], /column "b" holds "red"/],
    ["one class", "a,t\n1,x\n2,x\n", [], /one class only/],
    ["constant features", "a,t\n1,x\n1,y\n1,x\n", ["--split", "1"], /no feature column varies/],
    ["no such target", "a,u\n1,x\n1,y\n", [], /no column/],
    ["no rows", "a,t\n", [], /no rows/],
    ["beta of zero", "a,t\n1,x\n2,y\n", ["--beta", "0"], /beta/],
    ["an unknown baseline", "a,t\n1,x\n2,y\n", ["--compare", "magic"], /sgd, ste, float/],
  ])("refuses %s", async (_name, text, more, message) => {
    const file = folder.path("bad.csv");
    await writeFile(file, text);
    const run = await command.run("quantize", file, "--target", "t", ...more);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toContain("internal fault");
  });

  it("takes means for missing cells when asked, and leaves constant columns out", async () => {
    const file = folder.path("gaps.csv");
    await writeFile(file, `a,b,same,t\n1,2,7,x\n,3,7,y\n4,5,7,x\n6,1,7,y\n2,2,7,x\n`);
    const run = await command.run("quantize", file, "--target", "t", "--missing", "mean", "--split", "1");
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain("left out  same");
  });

  it("refuses a damaged network", async () => {
    const file = folder.path("broken.json");
    await writeFile(file, `{"format":"spectrahedron quantized network","version":1,`);
    const run = await command.run("predict", file, data);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/truncated/);
  });
});
