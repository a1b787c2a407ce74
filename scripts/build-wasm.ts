/**
 * Builds the AssemblyScript kernels and embeds the binary, as base64, in src/backends/cpu/wasm/generated/kernels.ts.
 * Does nothing when the sources, this script and the compiler are unchanged, so that it may run before every script.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = path.join(root, "src/backends/cpu/wasm");
const assembly = path.join(folder, "assembly");
const target = path.join(folder, "generated/kernels.ts");

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

const files = sourceFiles();
const stamp = `// sources: sha256 ${hashOf(files)}`;
if (!existsSync(target) || !readFileSync(target, "utf8").startsWith(stamp)) {
  const start = performance.now();
  const binary = await compile(files);
  const text = Buffer.from(binary).toString("base64");
  mkdirSync(path.dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}`;
  writeFileSync(draft, `${stamp}\n/** The dense kernels' WebAssembly module. */\nexport const kernelsBase64 =\n  "${text}";\n`);
  renameSync(draft, target);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`wasm kernels: ${binary.length} bytes in ${seconds} s`);
}
