/**
 * `npm run pack:headless [-- --out DIR]`: a folder that runs the benchmarks and solves on an x86-64 Linux machine
 * without network and without Node. It holds this Node, one bundle, Dawn and a Vulkan loader, compressed.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliDecompressSync } from "node:zlib";
import { build } from "tsdown";
import { readTar } from "../adapters/tar.ts";
import { packageFolder } from "../adapters/unpack.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Most bytes of the folder. */
const LIMIT = 60 * 2 ** 20;

/** What Node may ask of the other machine. */
const SYSTEM_LIBRARIES = /^(linux-vdso|ld-linux-x86-64|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s|atomic))\.so/;

function installed(name: string): string {
  const folder = packageFolder(name);
  if (folder === undefined) throw new Error(`${name} is not installed: run npm ci`);
  return folder;
}

/** This process's Node, if it runs without libraries of its own. */
function nodeBinary(): string {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error("The folder holds this machine's Node: pack it on x86-64 Linux.");
  }
  const binary = realpathSync(process.execPath);
  const needed = execFileSync("ldd", [binary], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/[ (]/)[0].replace(/^.*\//, ""))
    .filter((name) => name !== "" && !SYSTEM_LIBRARIES.test(name));
  if (needed.length > 0) {
    throw new Error(`This Node needs ${needed.join(", ")}: pack with a binary from nodejs.org, which does not.`);
  }
  return binary;
}

/** The command line and the benchmark, with every package they need but Dawn. */
async function bundle(folder: string): Promise<void> {
  await build({
    config: false,
    cwd: root,
    entry: { spectrahedron: join(root, "src", "cli", "main.ts"), bench: join(here, "bench.ts") },
    outDir: folder,
    outExtensions: () => ({ js: ".mjs" }),
    format: "esm",
    platform: "node",
    target: "node20",
    // Loaded only by parts that do not run here.
    deps: { alwaysBundle: [/^[^.]/], neverBundle: [/^node:/, "webgpu", "highs", "vega", "vega-lite"], onlyBundle: false },
    dts: false,
    clean: false,
    report: false,
    logLevel: "error",
  });
}

/** Dawn as npm's package has it, for one platform. */
function copyDawn(folder: string): void {
  const webgpu = installed("webgpu");
  const target = join(folder, "node_modules", "webgpu");
  const binary = join("dist", "linux-x64", "dawn.node");
  mkdirSync(join(target, dirname(binary)), { recursive: true });
  for (const file of ["package.json", "index.js", binary]) cpSync(join(webgpu, file), join(target, file));
}

function copyLoader(folder: string): void {
  const archive = join(installed("@sparticuz/chromium"), "bin", "swiftshader.tar.br");
  const loader = readTar(brotliDecompressSync(readFileSync(archive))).find(({ path }) => /libvulkan\.so\.1$/.test(path));
  if (loader === undefined) throw new Error("@sparticuz/chromium holds no Vulkan loader");
  mkdirSync(join(folder, "lib"));
  writeFileSync(join(folder, "lib", "libvulkan.so.1"), loader.content);
}

function copyLicences(folder: string, node: string): void {
  mkdirSync(folder);
  const prefix = dirname(dirname(node));
  const nodeLicence = ["LICENSE", "share/doc/node/LICENSE", "share/doc/nodejs/LICENSE", "share/doc/nodejs/copyright"]
    .map((path) => join(prefix, path))
    .find((path) => existsSync(path));
  const licences: [string, string | undefined][] = [
    ["spectrahedron", join(root, "LICENSE")],
    ["node", nodeLicence],
    ["webgpu-dawn", join(installed("webgpu"), "LICENSE.md")],
    ["chromium-vulkan-loader", join(installed("@sparticuz/chromium"), "LICENSE")],
    ["commander", join(installed("commander"), "LICENSE")],
  ];
  for (const [name, file] of licences) {
    if (file !== undefined) cpSync(file, join(folder, `${name}.txt`));
    else console.warn(`no licence text of ${name} was found beside its binary`);
  }
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
}

/** One compressed archive; the same content gives the same bytes. */
function compress(folder: string, archive: string): void {
  const reproducible = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  execFileSync("tar", [...reproducible, "-I", "gzip -9n", "-cf", archive, "-C", folder, "."]);
}

const { values } = parseArgs({ options: { out: { type: "string", default: join(root, "dist", "headless") } } });
const out = resolve(values.out);
if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(join(out, "run.sh"))) {
  throw new Error(`${values.out} holds something else: name an empty folder`);
}
const staging = mkdtempSync(join(tmpdir(), "headless-"));
try {
  const node = nodeBinary();
  chmodSync(staging, 0o755);
  await bundle(staging);
  copyDawn(staging);
  copyLoader(staging);
  cpSync(node, join(staging, "node"));
  chmodSync(join(staging, "node"), 0o755);

  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const archive = join(out, "payload.tar.gz");
  compress(staging, archive);
  const id = createHash("sha256").update(readFileSync(archive)).digest("hex").slice(0, 12);
  writeFileSync(join(out, "id"), `${id}\n`);
  for (const file of ["run.sh", "README.txt", "torch-compare.py"]) cpSync(join(here, file), join(out, file));
  chmodSync(join(out, "run.sh"), 0o755);
  writeFileSync(join(out, ".npmignore"), "*\n"); // dist/ is published, this is not
  copyLicences(join(out, "licences"), node);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
const bytes = folderBytes(out);
console.log(`${out}: ${(bytes / 2 ** 20).toFixed(1)} MiB, id ${readFileSync(join(out, "id"), "utf8").trim()}`);
if (bytes > LIMIT) throw new Error(`The folder is larger than ${LIMIT / 2 ** 20} MiB.`);
