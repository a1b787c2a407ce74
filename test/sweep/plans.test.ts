import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { example34 } from "../../bench/reproduce/moment/lib/example34.ts";
import { fourTables } from "../../bench/reproduce/sosx/lib/data.ts";
import { parseCsv } from "../../src/formats/csv.ts";
import { epigraphProblem, learnActivations, minimizePolynomial, problemToJson, syntheticInstance } from "../../src/moment/index.ts";
import { minimizeSummary } from "../../src/moment/report.ts";
import { prepareData } from "../../src/quantized/experiment/prepare.ts";
import { runExperiment } from "../../src/quantized/experiment/run.ts";
import { prepareTable } from "../../src/sosx/index.ts";
import { expandPlan } from "../../src/sweep/expand.ts";
import { InputLoader } from "../../src/sweep/load-inputs.ts";
import { readPlanFile } from "../../src/sweep/plan-file.ts";
import { inputText } from "../../src/tasks/input.ts";
import { BuiltCommand, temporaryFolder } from "../cli/run.ts";
import { comparable } from "./journal-check.ts";
import { SweepRuns } from "./sweep-runs.ts";

const plans = fileURLToPath(new URL("../../bench/plans/", import.meta.url));
const reproduce = fileURLToPath(new URL("../../bench/reproduce/", import.meta.url));
const shared = fileURLToPath(new URL("../../../shared/data/ml", import.meta.url));

const names = ["", "quantized", "moment", "sosx", "relaxation"].flatMap((group) =>
  readdirSync(`${plans}${group}`).filter((file) => file.endsWith(".yaml")).map((file) => (group === "" ? file : `${group}/${file}`)),
);

let command: BuiltCommand;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let runs: SweepRuns;
beforeAll(async () => {
  [command, folder] = await Promise.all([BuiltCommand.build(), temporaryFolder()]);
  runs = new SweepRuns(command, folder);
});
afterAll(() => Promise.all([command.remove(), folder.remove()]));

/** Every test starts several processes, which takes its time on a busy machine. */
const patient = { timeout: 240_000 };

describe("bench/plans", patient, () => {
  it.each(names)("%s expands", async (name) => {
    const run = await command.run("sweep", `${plans}${name}`, "--dry-run");
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/: \d+ jobs of \w+\n/);
  });

  it("has every table and figure of bench/reproduce", () => {
    // Figures 2 to 7 are drawn from the runs of table 1.
    const covered = new Map([["figures2-7", "table1"]]);
    for (const group of ["quantized", "moment", "sosx"]) {
      const scripts = readdirSync(`${reproduce}${group}`).filter((file) => /^(table|figure|example)/.test(file));
      expect(scripts.length).toBeGreaterThan(2);
      for (const script of scripts) {
        const name = basename(script, ".ts");
        expect(names, script).toContain(`${group}/${covered.get(name) ?? name}.yaml`);
      }
    }
  });

  it("example.yaml needs nothing but bench/data", async () => {
    const { jobs, missing } = await expandPlan(await readPlanFile(`${plans}example.yaml`));
    expect(missing).toEqual([]);
    for (const { job } of jobs) expect(job.inputs["data"].path).toContain("bench/data/ionosphere.csv");
  });

  it("example34.json is the paper's formulation", () => {
    const { network, inputs, targets } = example34;
    const written = JSON.parse(readFileSync(`${plans}moment/example34.json`, "utf8")) as unknown;
    expect(written).toEqual(problemToJson(epigraphProblem(network, inputs, targets, "mean")));
  });

  it("cuts the tables of figure 8 as its script does", async ({ skip }) => {
    if (!existsSync(`${shared}/boston-housing.csv`)) skip("the tables are not beside the repository");
    const { jobs } = await expandPlan(await readPlanFile(`${plans}sosx/figure8.yaml`), [shared]);
    const loader = new InputLoader();
    for (const { name, data } of fourTables([])) {
      const { job } = jobs.find(({ cell }) => cell["variant"] === name) ?? expect.fail(`no job for ${name}`);
      const { target, inputs } = job.parameters as { target: string[]; inputs: string[] };
      const { inputs: files } = await loader.load(job);
      const table = parseCsv(await inputText(files["data"]));
      const cut = prepareTable(table, { targets: target, inputs, trainFraction: 0.7, chronological: true });
      expect({ train: cut.train, test: cut.test }, name).toEqual({ train: data.train, test: data.test });
    }
  });
});

describe("a plan gives what direct runs give", patient, () => {
  const plain = (value: unknown): unknown => comparable(JSON.parse(JSON.stringify(value)));

  it("example 3.4", async () => {
    const out = runs.path("example34");
    const run = await command.run("sweep", `${plans}moment/example34.yaml`, "--out", out, "--workers", "2");
    expect(run.code, run.stderr).toBe(0);
    const { network, inputs, targets, minimizer } = example34;
    const problem = epigraphProblem(network, inputs, targets, "mean");
    const lines = runs.lines("example34");
    for (const [k, order] of [1, 2].entries()) {
      const direct = await minimizePolynomial(problem, { order, sparsity: { correlative: false, term: false } });
      expect(comparable(lines[k].record)).toEqual(plain(minimizeSummary(direct)));
    }
    const { minimizers } = lines[1].record as { minimizers: number[][] };
    minimizer.forEach((c, k) => expect(minimizers[0][k]).toBeCloseTo(c, 5));
  });

  it("a row of a recovery table", async () => {
    const text = readFileSync(`${plans}moment/table1.yaml`, "utf8")
      .replace(/list:\n( {2}- .*\n)+/, "list:\n  - {generate: {samples: 50, width: 20}}\n")
      .replace("count: 30", "count: 2");
    const run = await runs.sweep(text, "--workers", "2");
    expect(run.code, run.stderr).toBe(0);
    const lines = runs.lines();
    expect(lines).toHaveLength(4);
    for (const { seed, cell, record, assessment } of lines) {
      const instance = syntheticInstance({ degrees: [2, 2], samples: 50, width: 20, noise: 1e-2, seed: seed ?? 0 });
      const loss = cell["loss"] as "squares" | "mean";
      const direct = await learnActivations(instance.network, instance.inputs, instance.targets, { loss });
      const { coefficients, value } = record as { coefficients: Record<string, number>; value: number };
      expect(Object.values(coefficients)).toEqual([...direct.coefficients]);
      expect(value).toBe(direct.value);
      const error = Math.hypot(...direct.coefficients.map((c, k) => c - instance.coefficients[k]));
      expect(assessment?.["absErr"]).toBeCloseTo(error, 12);
      expect(assessment?.["relErr"]).toBeCloseTo(error / instance.noiseNorm, 10);
    }
  });

  it("a point of figure 3", async () => {
    const text = readFileSync(`${plans}quantized/figure3.yaml`, "utf8")
      .replace("../data/", fileURLToPath(new URL("../../bench/data/", import.meta.url)))
      .replace("count: 10", "count: 1")
      .replace("neurons: 2500", "neurons: 50")
      .replaceAll("compare: [sgd, ste, float]", "compare: [float]");
    const out = runs.path("figure3");
    const run = await command.run("sweep", await runs.plan(text), "--out", out, "--workers", "2");
    expect(run.code, run.stderr).toBe(0);
    const table = parseCsv(readFileSync(new URL("../../bench/data/ionosphere.csv", import.meta.url), "utf8"));
    const lines = runs.lines("figure3");
    for (const [k, beta] of [10, 1].entries()) {
      const data = prepareData(table, { target: "class", split: 0.8, seed: 1, missing: "error", constant: false, scale: "none" });
      const { report } = await runExperiment(data, { beta }, { neurons: [50], seed: 1, compare: k === 0 ? ["float"] : [] });
      expect(comparable(lines[k].record)).toEqual(plain(report));
    }
  });
});
