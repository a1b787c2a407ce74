/**
 * Sizes of what a browser loads, minified by esbuild and gzipped: `npx tsx scripts/bundle-size.ts` prints the table and
 * fails above a limit.
 */
import { gzipSync } from "node:zlib";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Metafile } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

export interface BundleSize {
  readonly name: string;
  readonly minified: number;
  readonly gzipped: number;
  /** Bytes gzipped, where there is a limit. */
  readonly limit?: number;
}

interface Part {
  readonly name: string;
  readonly entry: string;
  readonly limit?: number;
  /** Follow dynamic imports too, except those of modules whose path holds one of `without`. */
  readonly lazy: boolean;
  readonly without?: readonly string[];
}

/** gpu.js in any case, and all tasks but solve(). */
const TASKS = ["gpu.js", "src/tasks/registry.ts"];
const KB = 1000;

/** The core alone: what is not imported, as readers of files, is shaken off. */
const SOLVE = "solve";

const parts: readonly Part[] = [
  { name: "solve(), with all that it can load", entry: SOLVE, lazy: true, without: ["gpu.js"], limit: 150 * KB },
  { name: "solve(), before the first solve", entry: SOLVE, lazy: false },
  { name: "all of spectrahedron, every file format", entry: "src/index.ts", lazy: true, without: ["gpu.js"], limit: 165 * KB },
  { name: "spectrahedron/web, the page's side", entry: "src/web/index.ts", lazy: true, limit: 10 * KB },
  { name: "worker, with all that solve() loads", entry: "src/web/api/worker.ts", lazy: true, without: TASKS, limit: 150 * KB },
  { name: "worker, before the first solve", entry: "src/web/api/worker.ts", lazy: false },
];
/** Tasks, each with all chunks that the worker does not have already. */
const tasks = ["solve", "quantize", "minimize", "activation", "bound", "sosx"] as const;

interface Output {
  readonly metafile: Metafile;
  readonly bytes: ReadonlyMap<string, { readonly minified: number; readonly gzipped: number }>;
}

async function bundle(entry: string): Promise<Output> {
  const core = { contents: 'export { solve } from "./src/index.ts";', resolveDir: root, sourcefile: SOLVE };
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    ...(entry === SOLVE ? { stdin: core } : { entryPoints: [entry] }),
    bundle: true,
    minify: true,
    splitting: true,
    metafile: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    outdir: "bundle",
    external: ["node:*"],
    logLevel: "error",
  });
  const bytes = new Map(
    outputFiles.map(({ path: file, contents }) => {
      const name = path.relative(root, file).split(path.sep).join("/");
      return [name, { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length }];
    }),
  );
  return { metafile, bytes };
}

/** Chunks that are reached from an output. */
function closure({ metafile }: Output, start: string, lazy: boolean, without: readonly string[] = []): Set<string> {
  const reached = new Set<string>();
  const visit = (name: string): void => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const { path: next, kind, external } of metafile.outputs[name].imports) {
      if (external || (kind === "dynamic-import" && !lazy)) continue;
      const entry = metafile.outputs[next].entryPoint ?? "";
      if (kind === "dynamic-import" && without.some((part) => entry.includes(part))) continue;
      visit(next);
    }
  };
  visit(start);
  return reached;
}

function outputOf({ metafile }: Output, entry: string): string {
  const found = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === entry);
  if (!found) throw new Error(`no output for ${entry}`);
  return found[0];
}

function sizeOf({ bytes }: Output, name: string, chunks: Iterable<string>, limit?: number): BundleSize {
  let [minified, gzipped] = [0, 0];
  for (const chunk of chunks) {
    minified += bytes.get(chunk)?.minified ?? 0;
    gzipped += bytes.get(chunk)?.gzipped ?? 0;
  }
  return { name, minified, gzipped, ...(limit !== undefined && { limit }) };
}

/** Bundles everything and measures it. */
export async function bundleSizes(): Promise<BundleSize[]> {
  const bundles = new Map<string, Output>();
  const sizes: BundleSize[] = [];
  for (const { name, entry, lazy, without, limit } of parts) {
    const output = bundles.get(entry) ?? (await bundle(entry));
    bundles.set(entry, output);
    sizes.push(sizeOf(output, name, closure(output, outputOf(output, entry), lazy, without), limit));
  }
  const worker = await bundle("src/web/api/worker.ts");
  const own = closure(worker, outputOf(worker, "src/web/api/worker.ts"), true, TASKS);
  for (const task of tasks) {
    const chunks = closure(worker, outputOf(worker, `src/tasks/${task}.ts`), true, ["gpu.js"]);
    sizes.push(sizeOf(worker, `task ${task}, beyond the worker`, [...chunks].filter((chunk) => !own.has(chunk))));
  }
  const gpu = Object.keys(worker.metafile.outputs).filter((name) =>
    (worker.metafile.outputs[name].entryPoint ?? "").includes("gpu.js"),
  );
  sizes.push(sizeOf(worker, "gpu.js, for WebGL2 only", gpu));
  return sizes;
}

/** The table as text. */
export function sizeTable(sizes: readonly BundleSize[]): string {
  const kb = (bytes: number): string => (bytes / KB).toFixed(1).padStart(8);
  const rows = sizes.map(({ name, minified, gzipped, limit }) => {
    const verdict = limit === undefined ? "" : gzipped <= limit ? `  ≤ ${limit / KB}` : `  ABOVE ${limit / KB}`;
    return `${name.padEnd(40)}${kb(minified)}${kb(gzipped)}${verdict}`;
  });
  return [`${"kB".padEnd(40)}${"minified".padStart(8)}${"gzip".padStart(8)}`, ...rows].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sizes = await bundleSizes();
  console.log(sizeTable(sizes));
  if (sizes.some(({ gzipped, limit = Infinity }) => gzipped > limit)) process.exitCode = 1;
}
