import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onnxModel } from "../networks/onnx-writer.ts";
import { BuiltCommand, temporaryFolder } from "./run.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let command: BuiltCommand;
let net: string;
let box: string;

/** relu(x₁ + x₂ − 1.5) − relu(x₁) + relu(x₂)/2 over [0, 1]²: from −1 to 0.5. */
const NETWORK = {
  name: "three-neurons",
  input_size: 2,
  output_size: 1,
  layers: [
    { weights: [[1, 1], [1, 0], [0, 1]], bias: [-1.5, 0, 0], activation: "relu" },
    { weights: [[1, -1, 0.5]], bias: [0], activation: "identity" },
  ],
};

interface Line {
  readonly method: string;
  readonly objective: string;
  readonly lower: number;
  readonly upper: number;
  readonly certified: boolean;
  readonly rounds: number;
  readonly cuts: number;
  readonly seconds: number;
  readonly networkValue: number;
  readonly verdict?: string;
  readonly row?: number;
}

const lines = (text: string): Line[] => text.trim().split("\n").map((line) => JSON.parse(line) as Line);

beforeAll(async () => {
  [folder, command] = await Promise.all([temporaryFolder(), BuiltCommand.build()]);
  net = folder.path("net.json");
  box = folder.path("box.json");
  await writeFile(net, JSON.stringify(NETWORK));
  await writeFile(box, '{"lower": 0, "upper": [1, 1]}');
});
afterAll(() => Promise.all([folder.remove(), command.remove()]));

describe("spectrahedron bound", () => {
  it("bounds every output from both sides and prints a table", async () => {
    const run = await command.run("bound", net, "--box", box);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^three-neurons: 2-3-1, relu$/m);
    expect(run.stdout).toMatch(/^min y0 .* -1 /m);
    expect(run.stdout).toMatch(/^max y0 .* 0\.5 /m);
  });

  it("writes one JSON object an objective, and a figure", async () => {
    const figure = folder.path("rounds.svg");
    const run = await command.run(
      "bound", net, "--box", box, "--objective", "max y0", "--objective", "y0 >= -0.9", "--tighten", "--exact", "10",
      "--figure", figure, "--json",
    );
    expect(run.code, run.stderr).toBe(0);
    const [most, property] = lines(run.stdout);
    expect(most).toMatchObject({ method: "neuron", objective: "max y0", certified: true });
    expect(most.networkValue).toBeCloseTo(0.5, 7);
    expect(most.lower).toBe(most.networkValue);
    expect(most.upper).toBeCloseTo(0.5, 7);
    expect(most.upper).toBeGreaterThanOrEqual(most.lower);
    for (const key of ["rounds", "cuts", "seconds"] as const) expect(most[key]).toBeGreaterThanOrEqual(0);
    // Thresholds stand on the right: y0 + 0.9 ≥ 0 fails at (1, 0).
    expect(property).toMatchObject({ verdict: "violated" });
    expect(property.networkValue).toBeCloseTo(-0.1, 9);
    expect(await readFile(figure, "utf8")).toMatch(/^<svg[^]*certified bound by round[^]*<\/svg>/);
  });

  it("takes balls around the rows of a table, and ONNX files", async () => {
    const onnx = folder.path("net.onnx");
    const table = folder.path("points.csv");
    const model = onnxModel(
      [{ op: "Gemm", inputs: ["x", "W"], output: "h" }, { op: "Sigmoid", inputs: ["h"], output: "y" }],
      [{ name: "W", dims: [2, 1], values: [1, -1] }],
      [0, 2],
    );
    await writeFile(onnx, model);
    await writeFile(table, "label,a,b\n7,100,50\n3,0,0\n");
    const all = folder.path("all.jsonl");
    const run = await command.run(
      "bound", onnx, "--box", `eps:0.1@${table}`, "--divide", "100", "--clip", "0:1", "--objective", "y0",
      "--method", "univariate", "--json", all, "--quiet",
    );
    expect(run, run.stderr).toMatchObject({ code: 0, stdout: "" });
    const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
    const found = lines(await readFile(all, "utf8"));
    expect(found.map(({ row }) => row)).toEqual([1, 2]);
    // (0.9 … 1, 0.4 … 0.6) and (0 … 0.1)².
    expect(found[0].lower).toBeCloseTo(sigmoid(0.3), 6);
    expect(found[1].lower).toBeCloseTo(sigmoid(-0.1), 6);
    const one = await command.run("bound", onnx, "--box", `eps:0.1@${table}`, "--row", "2", "--objective", "y0", "--json", "-");
    expect(lines(one.stdout).length).toBe(1);
  });

  it("takes linear constraints with the box", async () => {
    const constrained = folder.path("constrained.json");
    await writeFile(constrained, '{"lower": 0, "upper": 1, "constraints": [{"coefficients": [1, -1], "upper": 0}]}');
    const run = await command.run("bound", net, "--box", constrained, "--objective", "y0", "--json");
    expect(run.code, run.stderr).toBe(0);
    // Along x₁ = x₂ = t the network is relu(2t − 1.5) − t/2, at least −0.375 (t = 0.75); without the constraint −1.
    const [least] = lines(run.stdout);
    expect(least.networkValue).toBeCloseTo(-0.375, 5);
    expect(least.lower).toBeLessThanOrEqual(-0.375 + 1e-9);
    expect(least.lower).toBeGreaterThan(-0.51);
  });

  it.each([
    [["--box", "absent.json"], /ENOENT|no such file/],
    [["--box", "BOX", "--objective", "y3"], /there is no y3: the network has 1 outputs/],
    [["--box", "BOX", "--objective", "2 x"], /no term/],
    [["--box", "eps:-1@BOX"], /radius of at least 0/],
    [["--box", "BOX", "--method", "magic"], /Allowed choices/],
    [["--box", "BOX", "--raw"], /without a normalisation/],
    [["--box", "EMPTY"], /box is empty/],
    [["--box", "INFINITE"], /must be finite/],
    [["--box", "SHORT"], /1 entries; 2 were expected/],
  ])("refuses %j with exit code 1", async (args, message) => {
    await writeFile(folder.path("empty.json"), '{"lower": [0, 1], "upper": [1, 0]}');
    await writeFile(folder.path("infinite.json"), '{"lower": [0, "-Infinity"], "upper": [1, 0]}');
    await writeFile(folder.path("short.json"), '{"lower": [0], "upper": [1]}');
    const places: Record<string, string> = { EMPTY: folder.path("empty.json"), INFINITE: folder.path("infinite.json"), SHORT: folder.path("short.json") };
    const run = await command.run("bound", net, ...args.map((arg) => places[arg] ?? arg.replace("BOX", box)));
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(message);
  });
});
