import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { expect } from "vitest";
import type { ResultLine } from "../../src/sweep/results.ts";
import { SMALL_SDP } from "../cli/problems.ts";
import type { BuiltCommand, Finished, temporaryFolder } from "../cli/run.ts";
import { resultsOf } from "./journal-check.ts";

/** Sweeps of the built command in a folder of their own. */
export class SweepRuns {
  readonly command: BuiltCommand;
  private readonly folder: Awaited<ReturnType<typeof temporaryFolder>>;

  constructor(command: BuiltCommand, folder: Awaited<ReturnType<typeof temporaryFolder>>) {
    this.command = command;
    this.folder = folder;
  }

  path(name: string): string {
    return this.folder.path(name);
  }

  get journal(): string {
    return this.path("out/journal.jsonl");
  }

  async plan(text: string): Promise<string> {
    await writeFile(this.path("small.dat-s"), SMALL_SDP);
    await writeFile(this.path("plan.yaml"), text);
    return this.path("plan.yaml");
  }

  async args(text: string, ...more: string[]): Promise<string[]> {
    return ["sweep", await this.plan(text), "--out", this.path("out"), ...more];
  }

  async sweep(text: string, ...more: string[]): Promise<Finished> {
    return this.command.run(...(await this.args(text, ...more)));
  }

  lines(out = "out"): ResultLine[] {
    const text = readFileSync(this.path(`${out}/results.jsonl`), "utf8");
    return text.trimEnd().split("\n").map((line) => JSON.parse(line) as ResultLine);
  }

  /** A plan of jobs of so many seconds each: searches that only their time limit ends. */
  async timed(jobs: number, seconds: number): Promise<string> {
    const rows = Array.from({ length: 40 }, (_, i) => `${Math.sin(3 * i)},${Math.cos(5 * i)},${Math.sin(i * i)}`);
    await writeFile(this.path("data.csv"), `a,b,y\n${rows.join("\n")}\n`);
    return `
task: sosx
parameters: {target: y, neurons: 4, timeLimit: ${seconds}, epochs: 1}
inputs: {data: data.csv}
seeds: {from: 1, count: ${jobs}}
`;
  }

  /** Every job has one result in the journal. */
  exactlyOnce(jobs: number): void {
    const results = resultsOf(this.journal);
    expect(results).toHaveLength(jobs);
    expect(new Set(results.map(({ job }) => job)).size).toBe(jobs);
  }
}

/** The processes of a sweep that serve its jobs. */
export function serversOf(pid: number | undefined): number[] {
  return childrenOf(pid).filter((child) => isServer(child));
}

export function isServer(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("sweep-process");
  } catch {
    return false;
  }
}

function childrenOf(pid: number | undefined): number[] {
  try {
    const text = execFileSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" });
    return text.split("\n").map(Number).filter((child) => child > 0);
  } catch {
    return [];
  }
}
