/**
 * Builds the AssemblyScript kernels and embeds the binary, as base64, in
 * src/backends/cpu/wasm/generated/kernels.ts, and the script of the projection threads, as a string, in
 * src/backends/cpu/psd/parallel/generated/psd-worker.ts. Does nothing when the sources, this script and the
 * compiler are unchanged, so that it may run before every script.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = path.join(root, "src/backends/cpu/wasm");
const assembly = path.join(folder, "assembly");
const target = path.join(folder, "generated/kernels.ts");
const workerTarget = path.join(root, "src/backends/cpu/psd/parallel/generated/psd-worker.ts");

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

async function compile(files: ReadonlyMap<string, string>): Promise<Uint8Array> {
  const { default: asc } = await import("assemblyscript/asc");
  let binary: Uint8Array | undefined;
  const options = ["index.ts", "--outFile", "kernels.wasm", "-O3", "--converge", "--noAssert"];
  options.push("--enable", "simd", "--runtime", "stub", "--use", "abort=");
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

async function buildKernels(): Promise<void> {
  const files = sourceFiles();
  const stamp = `// sources: sha256 ${hashOf(files)}`;
  if (upToDate(target, stamp)) return;
  const start = performance.now();
  const binary = await compile(files);
  const text = Buffer.from(binary).toString("base64");
  const comment = "/** The dense kernels' WebAssembly module. */";
  writeGenerated(target, `${stamp}\n${comment}\nexport const kernelsBase64 =\n  "${text}";\n`);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`wasm kernels: ${binary.length} bytes in ${seconds} s`);
}

/** TypeScript that the worker's bundle may contain. */
function workerSources(): Map<string, string> {
  const files = new Map<string, string>();
  for (const part of [
    "src/backends/cpu/kernels",
    "src/backends/cpu/psd",
    "src/backends/cpu/wasm",
    "src/problem",
  ]) {
    const names = readdirSync(path.join(root, part), { recursive: true, encoding: "utf8" }).sort();
    for (const name of names) {
      if (!name.endsWith(".ts") || /generated|assembly/.test(name)) continue;
      files.set(`${part}/${name}`, readFileSync(path.join(root, part, name), "utf8"));
    }
  }
  return files;
}

/**
 * Bundles the projection thread into one script, embedded as a string: it starts from any bundle and any
 * page.
 */
async function buildWorker(): Promise<void> {
  const stamp = `// sources: sha256 ${hashOf(workerSources())}`;
  if (upToDate(workerTarget, stamp)) return;
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [path.join(root, "src/backends/cpu/psd/parallel/worker.ts")],
    bundle: true,
    write: false,
    format: "iife",
    platform: "neutral",
    target: "es2022",
    minify: true,
    external: ["node:*"],
    logLevel: "warning",
  });
  const comment = "/** Script of a projection thread (parallel/worker.ts). */";
  const text = JSON.stringify(outputFiles[0].text);
  writeGenerated(workerTarget, `${stamp}\n${comment}\nexport const psdWorkerSource =\n  ${text};\n`);
  console.log(`psd worker: ${outputFiles[0].text.length} bytes`);
}

await buildKernels();
await buildWorker();
