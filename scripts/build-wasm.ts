/**
 * Builds the AssemblyScript kernels and embeds the binary, as base64, in
 * src/backends/cpu/wasm/generated/kernels.ts, and the scripts of threads (kernels, projections, batches of SOSX nodes),
 * as strings, in `generated` beside them. Does nothing when the sources, this script and the compiler are unchanged, so
 * that it may run before every script.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = path.join(root, "src/backends/cpu/wasm");
const assembly = path.join(folder, "assembly");
const target = path.join(folder, "generated/kernels.ts");

interface WorkerScript {
  readonly entry: string;
  readonly target: string;
  /** Name of the exported string. */
  readonly name: string;
  readonly comment: string;
  /** Folders whose TypeScript the bundle may contain. */
  readonly parts: readonly string[];
}

const KERNEL_PARTS = ["src/backends/cpu/kernels", "src/backends/cpu/psd", "src/backends/cpu/wasm", "src/problem"];
const WORKERS: readonly WorkerScript[] = [
  {
    entry: "src/backends/cpu/threads/worker.ts",
    target: "src/backends/cpu/threads/generated/kernel-worker.ts",
    name: "kernelWorkerSource",
    comment: "Script of a thread of the dense kernels (threads/worker.ts).",
    parts: ["src/backends/cpu/threads", "src/backends/cpu/wasm"],
  },
  {
    entry: "src/backends/cpu/psd/parallel/worker.ts",
    target: "src/backends/cpu/psd/parallel/generated/psd-worker.ts",
    name: "psdWorkerSource",
    comment: "Script of a projection thread (parallel/worker.ts).",
    parts: KERNEL_PARTS,
  },
  {
    entry: "src/sosx/engines/threads/worker.ts",
    target: "src/sosx/engines/threads/generated/batch-worker.ts",
    name: "batchWorkerSource",
    comment: "Script of a thread of the batch engine (threads/worker.ts).",
    parts: [...KERNEL_PARTS, "src/sosx"],
  },
  {
    entry: "src/lp/apart/worker.ts",
    target: "src/lp/apart/generated/highs-worker.ts",
    name: "highsWorkerSource",
    comment: "Script of the thread that runs HiGHS (lp/apart/worker.ts).",
    parts: ["src/lp", "src/problem"],
  },
];

function sourceFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of readdirSync(assembly).sort()) {
    if (name.endsWith(".ts")) files.set(name, readFileSync(path.join(assembly, name), "utf8"));
  }
  return files;
}

function hashOf(files: ReadonlyMap<string, string>): string {
  const hash = createHash("sha256");
  for (const [name, text] of files) hash.update(`${name}\0${text}\0`);
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  hash.update(readFileSync(path.join(root, "node_modules/assemblyscript/package.json")));
  return hash.digest("hex");
}

async function compile(files: ReadonlyMap<string, string>, shared: boolean): Promise<Uint8Array> {
  const { default: asc } = await import("assemblyscript/asc");
  let binary: Uint8Array | undefined;
  const options = ["index.ts", "--outFile", "kernels.wasm", "-O3", "--converge", "--noAssert"];
  options.push("--enable", "simd", "--runtime", "stub", "--use", "abort=");
  options.push("--importMemory", "--maximumMemory", "65536");
  if (shared) options.push("--sharedMemory", "--enable", "threads");
  const { error, stderr } = await asc.main(options, {
    readFile: (name) => files.get(path.posix.normalize(name)) ?? null,
    writeFile: (name, contents) => {
      if (name.endsWith(".wasm") && typeof contents !== "string") binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`AssemblyScript: ${error.message}\n${stderr.toString()}`);
  if (binary === undefined) throw new Error("AssemblyScript wrote no binary.");
  return binary;
}

/** Writes a generated module in one step, so that nobody reads half of it. */
function writeGenerated(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}

function upToDate(file: string, stamp: string): boolean {
  return existsSync(file) && readFileSync(file, "utf8").startsWith(stamp);
}

/** Where two binaries of equal length differ, in one byte and no more. */
function onlyDifference(one: Uint8Array, other: Uint8Array): number {
  const places = one.length === other.length ? [...one.keys()].filter((i) => one[i] !== other[i]) : [];
  if (places.length !== 1) throw new Error("The modules for one thread and for several differ in more than one byte.");
  return places[0];
}

/**
 * One binary serves both: over a memory of its own, and, with one byte changed (the flags of the imported memory), over
 * one that threads share.
 */
async function buildKernels(): Promise<void> {
  const files = sourceFiles();
  const stamp = `// sources: sha256 ${hashOf(files)}`;
  if (upToDate(target, stamp)) return;
  const start = performance.now();
  const binary = await compile(files, false);
  const shared = await compile(files, true);
  const at = onlyDifference(binary, shared);
  const lines = [
    stamp,
    "/** The dense kernels' WebAssembly module. */",
    `export const kernelsBase64 =\n  "${Buffer.from(binary).toString("base64")}";`,
    "/** What makes its imported memory a shared one: this byte at this place. */",
    `export const sharedMemoryFlag = { at: ${at}, value: ${shared[at]} } as const;`,
  ];
  writeGenerated(target, `${lines.join("\n")}\n`);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`wasm kernels: ${binary.length} bytes in ${seconds} s`);
}

/** TypeScript that a worker's bundle may contain. */
function workerSources(parts: readonly string[]): Map<string, string> {
  const port = "src/node-worker.ts";
  const files = new Map([[port, readFileSync(path.join(root, port), "utf8")]]);
  for (const part of parts) {
    const names = readdirSync(path.join(root, part), { recursive: true, encoding: "utf8" }).sort();
    for (const name of names) {
      if (!name.endsWith(".ts") || /generated|assembly/.test(name)) continue;
      files.set(`${part}/${name}`, readFileSync(path.join(root, part, name), "utf8"));
    }
  }
  return files;
}

/** Bundles a thread into one script, embedded as a string: it starts from any bundle and any page. */
async function buildWorker({ entry, target, name, comment, parts }: WorkerScript): Promise<void> {
  const stamp = `// sources: sha256 ${hashOf(workerSources(parts))}`;
  const file = path.join(root, target);
  if (upToDate(file, stamp)) return;
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [path.join(root, entry)],
    bundle: true,
    write: false,
    format: "iife",
    platform: "neutral",
    target: "es2022",
    minify: true,
    external: ["node:*", "highs"],
    logLevel: "warning",
  });
  const text = JSON.stringify(outputFiles[0].text);
  writeGenerated(file, `${stamp}\n/** ${comment} */\nexport const ${name} =\n  ${text};\n`);
  console.log(`${entry}: ${outputFiles[0].text.length} bytes`);
}

await buildKernels();
for (const worker of WORKERS) await buildWorker(worker);
