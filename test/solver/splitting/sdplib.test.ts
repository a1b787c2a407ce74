import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readProblemFile } from "../../../src/formats/node-files.ts";
import { solve } from "./workspace.ts";

const directory = fileURLToPath(new URL("../../../../shared/data/sdplib/", import.meta.url));
const present = existsSync(`${directory}theta1.dat-s`);

/** SCS 3.2.11 with its defaults, native. */
const REFERENCE = [
  ["truss1", "solved", 150],
  ["truss4", "solved", 175],
  ["theta1", "solved", 225],
  ["theta2", "solved", 300],
  ["qap5", "solved", 225],
  ["mcp100", "solved", 750],
  ["infp1", "primalInfeasible", 50],
  ["infd1", "dualInfeasible", 75],
] as const;

describe.skipIf(!present)("SDPLIB (skipped: ../shared/data/sdplib is not there)", () => {
  it.each(REFERENCE)("reference mode takes SCS's iterations on %s", async (name, reason, iterations) => {
    const problem = await readProblemFile(`${directory}${name}.dat-s`);
    const outcome = await solve(problem, { embedding: "homogeneous" }, 1e-4);
    expect(outcome.reason).toBe(reason);
    expect(Math.abs(outcome.iterations - iterations)).toBeLessThanOrEqual(name === "theta2" ? 25 : 0);
  });

  it.each(REFERENCE)("the default is at most half as long on %s", async (name, reason, iterations) => {
    const problem = await readProblemFile(`${directory}${name}.dat-s`);
    const outcome = await solve(problem, {}, 1e-4);
    expect(outcome.reason).toBe(reason);
    if (reason === "solved") expect(outcome.iterations).toBeLessThanOrEqual(Math.max(iterations / 2, 175));
  });
});
