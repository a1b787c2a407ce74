/** `npm run bench -- …`: measurements against other solvers. See --help. */
import { resolve } from "node:path";
import { Command } from "commander";
import { prepareVulkan } from "../scripts/adapters/vulkan.ts";
import { numberBetween } from "../src/cli/options.ts";
import { version } from "../src/version.ts";
import { gpuCommand } from "./gpu/main.ts";
import { benchEig } from "./kernels/eig.ts";
import { benchGemm } from "./kernels/gemm.ts";
import { benchThreads } from "./kernels/threads.ts";
import { packageVersion, Record } from "./record.ts";
import { readCollection } from "./sets/index-file.ts";
import { runSet } from "./sets/run-set.ts";
import { childSolver, ownSolver, peerSolver, systemSolvers, type Solver } from "./sets/solvers.ts";

interface SetOptions {
  readonly dir: string;
  readonly timeLimit: number;
  readonly eps: number;
  readonly method: string;
  readonly tolerance: number;
  readonly only?: readonly string[];
  readonly peer: readonly string[];
  readonly peers: boolean;
  readonly out?: string;
}

/** The command as typed, without the folders of this machine. */
function commandLine(): string {
  const args = process.argv.slice(2).map((arg) => arg.replace(/(?:\.{0,2}\/)?(?:[^\s'"=/]+\/)+/g, ""));
  return ["npm run bench --", ...args].join(" ");
}

const splitNames = (text: string): string[] => text.split(",").map((name) => name.trim());

async function benchSet(set: string, options: SetOptions): Promise<void> {
  const all = await readCollection(resolve(options.dir));
  const entries = options.only === undefined ? all : all.filter(({ name }) => options.only?.includes(name));
  if (entries.length === 0) throw new Error("no problem to run: see --dir and --only");
  const solvers: Solver[] = [ownSolver(version, options.method)];
  if (options.peers) {
    solvers.push(...systemSolvers());
    solvers.push(childSolver("scs-solver", packageVersion("scs-solver")), childSolver("highs", packageVersion("highs")));
  }
  solvers.push(...options.peer.map(peerSolver));
  const used = solvers.filter((solver) => entries.some(({ file }) => solver.accepts(file)));
  const limits = { eps: options.eps, timeLimit: options.timeLimit };
  const record = new Record(options.out, {
    set,
    command: commandLine(),
    ...limits,
    method: options.method,
    versions: Object.fromEntries(used.map((solver) => [solver.name, solver.version])),
  });
  await runSet({ entries, solvers: used, limits, tolerance: options.tolerance, record });
}

function setCommand(name: string, description: string, tolerance: number): Command {
  return new Command(name)
    .description(description)
    .requiredOption("--dir <folder>", "folder with the files and, if there is one, their JSON index")
    .option("--eps <tolerance>", "accuracy asked of this package and scs-solver", numberBetween(1e-12, 1), 1e-4)
    .option("--time-limit <seconds>", "for each problem and solver", numberBetween(0.001, 1e6), 60)
    .option("--tolerance <relative>", "on objectives, for the verdicts", numberBetween(0, 1), tolerance)
    .option("--method <name>", "this package's method", "auto")
    .option("--only <names>", "comma-separated names of problems", splitNames)
    .option("--peer <name=command>", "another solver, with {file} in its command; repeatable",
      (definition: string, earlier: string[]) => [...earlier, definition], [])
    .option("--no-peers", "without csdp, sdpa, scs-solver and HiGHS")
    .option("--out <file>", "write JSON lines, e.g. to bench/results/sdplib.jsonl")
    .action((options: SetOptions) => benchSet(name, options));
}

interface KernelOptions {
  readonly sizes: readonly number[];
  readonly out?: string;
}

type KernelBench = (sizes: readonly number[], record: Record) => Promise<void>;

function kernelCommand(name: string, description: string, sizes: number[], bench: KernelBench): Command {
  return new Command(name)
    .description(description)
    .option("--sizes <orders>", "comma-separated", (text) => splitNames(text).map(Number), sizes)
    .option("--out <file>", "write JSON lines")
    .action(async ({ sizes: chosen, out }: KernelOptions) => {
      const versions = { spectrahedron: version, "ml-matrix": packageVersion("ml-matrix") };
      await bench(chosen, new Record(out, { set: name, command: commandLine(), versions }));
    });
}

const program = new Command("npm run bench --")
  .description("measurements against other solvers, as a table and JSON lines")
  .addCommand(setCommand("sdplib", "semidefinite programs beside csdp and sdpa", 1e-3))
  .addCommand(setCommand("lp", "linear programs beside HiGHS and scs-solver", 1e-4))
  .addCommand(setCommand("conic", "other cones beside scs-solver", 1e-4))
  .addCommand(
    kernelCommand("eig", "symmetric eigendecomposition beside ml-matrix", [50, 100, 200, 400], benchEig),
  )
  .addCommand(kernelCommand("gemm", "matrix products beside ml-matrix", [100, 200, 400, 800], benchGemm))
  .addCommand(kernelCommand("threads", "dense kernels on threads beside one", [200, 400, 800], benchThreads))
  .addCommand(gpuCommand("npm run bench --", prepareVulkan));

await program.parseAsync();
