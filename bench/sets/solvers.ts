import { spawnSync } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";
import { runChild, type ChildRun } from "./run-child.ts";

/** What one solver said about one problem. */
export interface Outcome {
  /** This package's status names; `timeLimit` when the solver was stopped, `failed` when it said nothing. */
  readonly status: string;
  readonly iterations: number | undefined;
  /** Primal objective in the file's convention. */
  readonly objective: number | undefined;
  readonly dimacs: readonly (number | null)[] | undefined;
  /** As the solver reports it, without start-up and reading, where it does. */
  readonly seconds: number;
  /** Wall time of the whole process. */
  readonly wallSeconds: number;
  readonly peakMegabytes: number | undefined;
  /** Why it failed, in a few words. */
  readonly note?: string;
}

export interface Limits {
  readonly eps: number;
  readonly timeLimit: number;
}

/** A solver that can be run on a file in a process of its own. */
export interface Solver {
  readonly name: string;
  readonly version: string;
  readonly accepts: (file: string) => boolean;
  /** Undefined when the problem turns out to be none that this solver can take. */
  run(file: string, limits: Limits): Promise<Outcome | undefined>;
}

/** Exit code of peer-child.ts for a problem outside its solver's class. */
export const NOT_APPLICABLE = 3;

const isSdpa = (file: string): boolean => /\.dat-s(\.gz)?$/i.test(file);
const isMps = (file: string): boolean => /\.mps(\.gz)?$/i.test(file);
const isCbf = (file: string): boolean => /\.cbf(\.gz)?$/i.test(file);

/** Room for start-up, reading and the last iteration before a process is killed. */
function killAfter(limits: Limits): number {
  return limits.timeLimit * 1.1 + 15;
}

function outcome(run: ChildRun, parsed: Partial<Outcome>): Outcome {
  const lastLine = run.stderr.trim().split("\n").at(-1) ?? "";
  return {
    status: run.timedOut ? "timeLimit" : "failed",
    iterations: undefined,
    objective: undefined,
    dimacs: undefined,
    seconds: run.seconds,
    wallSeconds: run.seconds,
    peakMegabytes: run.peakMegabytes,
    ...(parsed.status === undefined && !run.timedOut ? { note: lastLine.slice(0, 200) } : {}),
    ...parsed,
  };
}

/** Reads the last line of standard output that is a JSON object, as this package's `--json -` prints it. */
export function parseJsonOutcome(stdout: string): Partial<Outcome> {
  const line = stdout
    .split("\n")
    .filter((text) => text.startsWith("{"))
    .at(-1);
  if (line === undefined) return {};
  const object = JSON.parse(line) as {
    status?: string;
    iterations?: number;
    primalObjective?: number | null;
    dimacs?: (number | null)[];
    seconds?: { total?: number };
  };
  return {
    ...(object.status === undefined ? {} : { status: object.status }),
    iterations: object.iterations,
    objective: object.primalObjective ?? undefined,
    dimacs: object.dimacs,
    ...(object.seconds?.total === undefined ? {} : { seconds: object.seconds.total }),
  };
}

/** This package's command, as built in dist/. */
export function ownSolver(version: string, method: string): Solver {
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  return {
    name: "spectrahedron",
    version,
    accepts: () => true,
    async run(file, limits) {
      const args = ["solve", file, "--quiet", "--json", "-", "--eps", String(limits.eps)];
      args.push("--time-limit", String(limits.timeLimit), "--method", method);
      const run = await runChild(process.execPath, [main, ...args], { limit: killAfter(limits) });
      return outcome(run, parseJsonOutcome(run.stdout));
    },
  };
}

/** A solver of npm that runs in this repository's peer-child.ts. */
export function childSolver(name: "scs-solver" | "highs", version: string): Solver {
  const script = fileURLToPath(new URL("./peer-child.ts", import.meta.url));
  return {
    name,
    version,
    accepts: name === "highs" ? isMps : (file) => isMps(file) || isCbf(file),
    async run(file, limits) {
      const args = ["--import", "tsx", script, name, file, String(limits.eps), String(limits.timeLimit)];
      const run = await runChild(process.execPath, args, { limit: killAfter(limits) });
      if (run.code === NOT_APPLICABLE) return undefined;
      return outcome(run, parseJsonOutcome(run.stdout));
    },
  };
}

/** Hands an unpacked copy of an SDPA file to `use`, in a fresh folder that is removed afterwards. */
async function withPlainFile<T>(file: string, use: (plain: string, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "spectrahedron-bench-"));
  try {
    if (!file.endsWith(".gz")) return await use(file, folder);
    const plain = join(folder, "problem.dat-s");
    await pipeline(createReadStream(file), createGunzip(), createWriteStream(plain));
    return await use(plain, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const NUMBER = "([-+]?[0-9.]+(?:e[-+]?[0-9]+)?)";

function lastNumber(text: string, label: string): number | undefined {
  const match = [...text.matchAll(new RegExp(`${label}\\s*[:=]?\\s*${NUMBER}`, "gi"))].at(-1);
  return match ? Number(match[1]) : undefined;
}

/** CSDP's output. It calls the SDPA dual its primal, so its infeasibility names are exchanged here. */
export function parseCsdp(stdout: string): Partial<Outcome> {
  const dimacs = /DIMACS error measures:\s*(.+)/.exec(stdout)?.[1].trim().split(/\s+/).map(Number);
  const common = { iterations: lastNumber(stdout, "Iter:"), objective: lastNumber(stdout, "Dual objective value"), dimacs };
  if (/SDP is dual infeasible/.test(stdout)) return { ...common, objective: undefined, status: "primalInfeasible" };
  if (/SDP is primal infeasible/.test(stdout)) return { ...common, objective: undefined, status: "dualInfeasible" };
  if (/Success: SDP solved/.test(stdout)) return { ...common, status: "solved" };
  if (/Partial Success/.test(stdout)) return { ...common, status: "solvedInaccurate" };
  return /Iter:/.test(stdout) ? { ...common, status: "numericalFailure" } : {};
}

/** SDPA's output. */
export function parseSdpa(stdout: string): Partial<Outcome> {
  const phase = /phase\.value\s*=\s*(\w+)/.exec(stdout)?.[1];
  if (phase === undefined) return {};
  const statuses: Record<string, string> = {
    pdOPT: "solved",
    pdFEAS: "solvedInaccurate",
    pINF_dFEAS: "primalInfeasible",
    dUNBD: "primalInfeasible",
    pFEAS_dINF: "dualInfeasible",
    pUNBD: "dualInfeasible",
  };
  const status = statuses[phase] ?? "numericalFailure";
  const solved = status.startsWith("solved");
  const seconds = lastNumber(stdout, "main loop time");
  return {
    status,
    iterations: lastNumber(stdout, "Iteration"),
    objective: solved ? lastNumber(stdout, "objValPrimal") : undefined,
    ...(seconds === undefined ? {} : { seconds }),
  };
}

function onPath(command: string): boolean {
  const found = spawnSync(command, ["--version"], { encoding: "utf8", timeout: 5000 });
  return found.error === undefined;
}

/** csdp and sdpa, where they are installed. */
export function systemSolvers(): Solver[] {
  const solvers: Solver[] = [];
  if (onPath("csdp")) {
    solvers.push({
      name: "csdp",
      version: /CSDP (\S+)/.exec(spawnSync("csdp", [], { encoding: "utf8" }).stdout)?.[1] ?? "?",
      accepts: isSdpa,
      run: (file, limits) =>
        withPlainFile(file, async (plain, cwd) => {
          const run = await runChild("csdp", [plain, join(cwd, "solution")], { limit: killAfter(limits), cwd });
          return outcome(run, run.timedOut ? {} : parseCsdp(run.stdout));
        }),
    });
  }
  if (onPath("sdpa")) {
    solvers.push({
      name: "sdpa",
      version: /Version (\S+)\)/.exec(spawnSync("sdpa", [], { encoding: "utf8" }).stdout)?.[1] ?? "?",
      accepts: isSdpa,
      run: (file, limits) =>
        withPlainFile(file, async (plain, cwd) => {
          const args = ["-ds", plain, "-o", join(cwd, "solution")];
          const run = await runChild("sdpa", args, { limit: killAfter(limits), cwd });
          return outcome(run, run.timedOut ? {} : parseSdpa(run.stdout));
        }),
    });
  }
  return solvers;
}

/**
 * A solver given as `name=command with {file}`. What it prints is read as this package's JSON, as CSDP's or SDPA's
 * output, or else for the number behind the last word "objective".
 */
export function peerSolver(definition: string): Solver {
  const split = definition.indexOf("=");
  const name = definition.slice(0, split).trim();
  const command = definition.slice(split + 1);
  if (split < 1 || !command.includes("{file}")) {
    throw new Error(`--peer needs the form 'name=command {file}', but got: ${definition}`);
  }
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  return {
    name,
    version: "?",
    accepts: () => true,
    async run(file, limits) {
      const run = await runChild(command.replaceAll("{file}", quote(file)), [], { limit: killAfter(limits), shell: true });
      if (run.timedOut) return outcome(run, {});
      const readers = [parseJsonOutcome, parseSdpa, parseCsdp].map((read) => read(run.stdout));
      const known = readers.find((parsed) => parsed.status !== undefined);
      if (known) return outcome(run, known);
      const objective = lastNumber(run.stdout, "objective(?: value)?");
      return outcome(run, objective === undefined || run.code !== 0 ? {} : { objective, status: "solved" });
    },
  };
}
