import { writeFile } from "node:fs/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors.ts";
import { expandPlan } from "../../src/sweep/expand.ts";
import type { Expansion } from "../../src/sweep/expand.ts";
import { canonicalJson, sha256 } from "../../src/sweep/json.ts";
import { parsePlan } from "../../src/sweep/plan-file.ts";
import { SMALL_SDP } from "../cli/problems.ts";
import { temporaryFolder } from "../cli/run.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(folder.path("a.dat-s"), SMALL_SDP);
  await writeFile(folder.path("b.dat-s"), `"another name\n${SMALL_SDP.slice(SMALL_SDP.indexOf("\n") + 1)}`);
});
afterAll(() => folder.remove());

const expand = async (text: string, data: readonly string[] = []): Promise<Expansion> =>
  expandPlan(parsePlan(text, folder.path("plan.yaml")), data);
const ids = ({ jobs }: Expansion): string[] => jobs.map(({ job }) => job.id).sort();

describe("plans", () => {
  it("expands list × inputs × grid × seeds × repeats", async () => {
    const { jobs } = await expand(`
task: quantize
parameters: {target: class}
inputs: {data: [a.dat-s, b.dat-s]}
list:
  - {name: plain, parameters: {scale: none}}
  - {name: scaled, parameters: {scale: standard, constant: true}}
grid: {beta: [0.1, 1, 10]}
seeds: {from: 3, count: 2}
repeats: 2
`);
    expect(jobs).toHaveLength(2 * 2 * 3 * 2 * 2);
    expect(jobs[0]).toMatchObject({ cell: { variant: "plain", data: "a.dat-s", beta: 0.1 }, seed: 3, index: 0 });
    expect(jobs[0].job).toMatchObject({ task: "quantize", repeat: 1, parameters: { target: "class", seed: 3, scale: "none" } });
    expect(new Set(jobs.map(({ job }) => job.hash)).size).toBe(jobs.length);
    expect(jobs.filter(({ job }) => job.parameters["constant"] === true)).toHaveLength(24);
  });

  it("has ids that do not depend on order, layout, stated defaults or where the files lie", async () => {
    const first = await expand(`
task: solve
inputs: {problem: [a.dat-s, b.dat-s]}
grid: {eps: [1e-3, 1e-4], method: [interior, splitting]}
`);
    const second = await expand(
      JSON.stringify({
        grid: { method: ["splitting", "interior"], eps: [0.0001, 0.001] },
        parameters: { maxIterations: 100000, backend: "auto" },
        inputs: { problem: ["b.dat-s", `${folder.path("")}/a.dat-s`] },
        task: "solve",
      }),
    );
    expect(ids(second)).toEqual(ids(first));
    expect(second.hash).toBe(first.hash);
    const other = await expand("task: solve\ninputs: {problem: a.dat-s}\ngrid: {eps: [1e-3, 1e-5]}\n");
    expect(other.hash).not.toBe(first.hash);
  });

  it("knows the same value by the same text", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const shuffled = JSON.parse(JSON.stringify(value), (_, part: unknown) =>
          typeof part === "object" && part !== null && !Array.isArray(part)
            ? Object.fromEntries(Object.entries(part).reverse())
            : part,
        ) as unknown;
        expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 9, numRuns: 300 },
    );
  });

  it("takes inputs by hash: from another folder, under another name, or later", async () => {
    const hash = sha256(SMALL_SDP);
    const byPath = await expand("task: solve\ninputs: {problem: a.dat-s}\n");
    const stated = await expand(`task: solve\ninputs: {problem: {path: gone/a.dat-s, sha256: ${hash}}}\n`);
    expect(ids(stated)).toEqual(ids(byPath));
    expect(stated.missing).toEqual([expect.stringContaining("gone/a.dat-s is not there; give its folder with --data")]);
    const found = await expand(`task: solve\ninputs: {problem: {name: a.dat-s, sha256: ${hash}}}\n`, [folder.path("")]);
    expect(ids(found)).toEqual(ids(byPath));
    expect(found.missing).toEqual([]);
    const changed = await expand(`task: solve\ninputs: {problem: {path: b.dat-s, sha256: ${hash}}}\n`);
    expect(changed.missing).toEqual([expect.stringContaining("another file than the plan means")]);
  });

  it("makes inputs up from seeds", async () => {
    const { jobs } = await expand(`
task: activation
parameters: {degrees: [2, 2]}
generate: {kind: plantedActivation, degrees: [2, 2], width: 4}
grid: {generate.samples: [5, 6]}
seeds: [1, 2, 3]
`);
    expect(jobs).toHaveLength(6);
    expect(jobs[4].job.generate).toEqual({ kind: "plantedActivation", degrees: [2, 2], width: 4, samples: 6, noise: 0.01, seed: 2 });
    expect(jobs[4]).toMatchObject({ cell: { "generate.samples": 6 }, seed: 2 });
  });

  it.each([
    ["task: solv\n", 'plan.yaml:1:1: task is "solv"; it must be one of solve, quantize'],
    ["task: solve\nparamters: {}\n", 'plan.yaml:2:1: unknown key "paramters"; did you mean "parameters"?'],
    ["task: solve\nlimits:\n  time: 5\n  memroy: 3\n", 'plan.yaml:4:3: unknown key "limits.memroy"; did you mean "memory"?'],
    ["task: solve\nlimits: {memory: 3 GB!}\n", "plan.yaml:2:10: limits.memory: it must be a size of at least 64 MiB"],
    ["task: solve\nlimits: {memory: 1000}\n", "it must be a size of at least 64 MiB"],
    ["task: solve\nretries: -1\n", "retries is -1; it must be at least 0"],
    ["task: solve\nseeds: 5\n", "it must be a list of whole numbers, or {from, count}"],
    ["task: [solve\n", "plan.yaml:2:1: not YAML"],
    ["task: solve\ntask: solve\n", "not YAML: Map keys must be unique"],
    ["- solve\n", "it must be a mapping of names to values"],
    ["", "it must be a mapping of names to values"],
    ["task: solve\ninputs: {problem: a.dat-s}\nparameters:\n  epss: 1\n", 'plan.yaml:4:3: solve: unknown parameter "epss"; did you mean "eps"?'],
    ["task: solve\ninputs: {problem: a.dat-s}\ngrid:\n  eps:\n    - 1e-3\n    - 7\n", "plan.yaml:6:7: solve: eps is 7; it must be at most 1"],
    ["task: solve\ninputs: {problem: a.dat-s}\ngrid: {eps: 1}\n", "grid.eps is 1; it must be a list"],
    ["task: solve\ninputs: {problem: a.dat-s}\nparameters: {eps: 1e-3}\ngrid: {eps: [1e-4]}\n", "plan.yaml:4:8: eps stands in parameters"],
    ["task: solve\ninputs: {problm: a.dat-s}\n", 'plan.yaml:2:10: solve has no input "problm"; did you mean "problem"?'],
    ["task: solve\ninputs: {problem: c.dat-s}\n", "c.dat-s is not there"],
    ["task: solve\ninputs: {problem: {sha256: 12}}\n", "it must be a path, a mapping"],
    ["task: solve\n", 'solve: the input "problem" is missing'],
    ["task: solve\ninputs: {problem: a.dat-s}\nseeds: [1]\n", "plan.yaml:3:1: solve has no seed, and no input is generated; use repeats"],
    ["task: solve\ninputs: {problem: a.dat-s}\ngrid: {eps: [1e-3, 0.001]}\n", "jobs 1 and 2 of the plan are the same"],
    ["task: solve\ninputs: {problem: a.dat-s}\nlist:\n  - {}\n  - {}\n", "plan.yaml:5:5: jobs 1 and 2 of the plan are the same"],
    ["task: solve\ninputs: {problem: a.dat-s}\ngrid: {generate.samples: [1]}\n", "generate.samples needs a generator"],
    ["task: solve\ngenerate: {kind: planted}\n", 'unknown generator "planted"; did you mean'],
    ["task: solve\ngenerate: {kind: plantedQuantized}\n", "plantedQuantized makes inputs for quantize, not for solve"],
    ["task: quantize\nparameters: {target: y, seed: 1}\ngenerate: {kind: plantedQuantized}\nseeds: [1]\n", "plan.yaml:4:1: seed is a parameter"],
    ["task: quantize\nparameters: {target: y}\ngenerate: {kind: plantedQuantized, sampels: 4}\n", 'plan.yaml:3:36: plantedQuantized: unknown parameter "sampels"'],
    ["task: minimize\nparameters: {expression: x^2}\nrepeats: 1000000\ngrid: {order: [1, 2]}\n", "the plan has 2,000,000 jobs"],
  ])("refuses %j", async (text, message) => {
    const error = await expand(text).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toContain(message);
  });
});
