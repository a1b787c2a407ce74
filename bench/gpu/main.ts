import { Command, InvalidArgumentError } from "commander";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { testArithmetic } from "../../src/backends/webgpu/arithmetic.ts";
import { Device } from "../../src/backends/webgpu/device.ts";
import { shapeName } from "../../src/backends/webgpu/gemm-source.ts";
import { tuneDevice } from "../../src/backends/webgpu/psd/tune.ts";
import { SpectrahedronError } from "../../src/errors.ts";
import { describeMachine } from "../../src/report/node-machine.ts";
import { version } from "../../src/version.ts";
import { packageVersion, Record } from "../record.ts";
import { benchBatches } from "./batches.ts";
import { benchKernelTimes } from "./kernel-times.ts";
import { benchLowRank } from "./low-rank.ts";
import { benchOverhead } from "./overhead.ts";
import { benchPanels } from "./panels.ts";
import { chooseSizes } from "./part.ts";
import type { GpuPart } from "./part.ts";
import { benchProducts } from "./products.ts";
import { benchProjections } from "./projections.ts";
import { benchRefinement } from "./refinement.ts";
import { benchSolves } from "./solves.ts";

/** The benchmark's parts, in the order they run. */
const PARTS: readonly GpuPart[] = [
  { name: "overhead", run: benchOverhead },
  { name: "products", run: benchProducts },
  { name: "projections", run: benchProjections },
  { name: "batches", run: benchBatches },
  { name: "low-rank", run: benchLowRank },
  { name: "panels", run: benchPanels },
  { name: "kernels", run: benchKernelTimes },
  { name: "solves", run: benchSolves },
  { name: "refinement", run: benchRefinement },
];

interface GpuOptions {
  readonly adapter?: string;
  readonly sizes?: readonly number[];
  readonly only?: readonly string[];
  readonly quick?: boolean;
  readonly out?: string;
}

/**
 * The `gpu` benchmark as a command.
 * @param prefix what stands before `gpu` on the command line, for the record
 * @param prepare called first: may make a software adapter available
 */
export function gpuCommand(prefix: string, prepare?: () => Promise<unknown>): Command {
  return new Command("gpu")
    .description("kernels of the WebGPU backend: checked against f64, then timed")
    .option("--adapter <name>", "part of an adapter's name; the fastest by default")
    .option("--sizes <orders>", "comma-separated orders of products and single blocks", parseOrders)
    .option("--only <parts>", `comma-separated: ${PARTS.map(({ name }) => name).join(", ")}`, parseParts)
    .option("--quick", "fewer and smaller sizes")
    .option("--out <file>", "write JSON lines, e.g. to bench/results/gpu.jsonl")
    .action(async (options: GpuOptions) => {
      await prepare?.();
      try {
        await benchGpu(options, [prefix, "gpu", ...typedArguments()].join(" "));
      } catch (error) {
        if (!(error instanceof SpectrahedronError)) throw error;
        console.error(`bench gpu: ${error.message}`);
        process.exitCode = 1;
      }
    });
}

/** What follows `gpu` on the command line, without the folders of this machine. */
function typedArguments(): string[] {
  const typed = process.argv.slice(process.argv.indexOf("gpu") + 1);
  return typed.map((argument) => argument.replace(/(?:\.{0,2}\/)?(?:[^\s'"=/]+\/)+/g, ""));
}

/** Orders from text such as "256,512". */
export function parseOrders(text: string): number[] {
  const orders = text.split(",").map(Number);
  if (!orders.every((n) => Number.isSafeInteger(n) && n >= 4)) {
    throw new InvalidArgumentError("Orders are whole numbers of at least 4, separated by commas.");
  }
  return orders;
}

/** Names of parts from text such as "products,batches". */
export function parseParts(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !PARTS.some((part) => part.name === name));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no part "${unknown}".`);
  return names;
}

async function benchGpu(options: GpuOptions, command: string): Promise<void> {
  const { adapter, sizes: orders, only, quick = false, out } = options;
  const device = await Device.open(adapter === undefined ? {} : { adapter });
  try {
    const { software } = device.adapter;
    const sizes = chooseSizes({ software, quick, ...(orders === undefined ? {} : { orders }) });
    const arithmetic = await testArithmetic(device);
    const record = new Record(out, {
      set: "gpu",
      command,
      adapter: { name: device.name, ...device.adapter },
      limits: device.limits,
      arithmetic,
      versions: { spectrahedron: version, webgpu: packageVersion("webgpu") },
    });
    const { cpu, cores, node } = describeMachine();
    console.log(`${device.name}: ${device.adapter.description}\n${cores} × ${cpu}, Node ${node}\n`);
    const start = performance.now();
    const tuning = await tuneDevice(device);
    const chosen = { ...tuning, small: shapeName(tuning.small), large: shapeName(tuning.large) };
    record.add({ kind: "tuning", ...chosen, seconds: (performance.now() - start) / 1000 });
    console.log(
      `tuning: ${chosen.small} below order ${tuning.largeFrom}, ${chosen.large} from there on, ` +
        `Jacobi up to order ${tuning.jacobiUpTo}\n`,
    );
    const faults: string[] = [];
    const context = {
      device,
      dense: await loadDenseKernels(),
      tuning,
      sizes,
      add: (line: object) => record.add(line),
      print: (text: string) => console.log(text),
      wrong: (what: string) => void faults.push(what),
    };
    for (const part of PARTS) {
      if (only !== undefined && !only.includes(part.name)) continue;
      const begin = performance.now();
      await part.run(context);
      const seconds = (performance.now() - begin) / 1000;
      record.add({ kind: "part", name: part.name, seconds });
      console.log(`(${part.name}: ${seconds.toFixed(1)} s)\n`);
    }
    record.add({ kind: "end", wrong: faults });
    if (faults.length > 0) {
      console.log(`Wrong beyond what f32 explains, and not timed:\n${faults.join("\n")}`);
      process.exitCode = 1;
    }
  } finally {
    device.destroy();
  }
}
