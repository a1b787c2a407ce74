import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cache = join(root, "node_modules", ".cache");

/** The command line built from source once per test file: a process of it starts far faster than one that compiles. */
export class BuiltCommand {
  private readonly folder: string;
  /** Path of the built entry. */
  readonly main: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.main = join(folder, "main.js");
  }

  static async build(): Promise<BuiltCommand> {
    await mkdir(cache, { recursive: true });
    const folder = await mkdtemp(join(cache, "command-"));
    await build({
      config: false,
      entry: { main: join(root, "src", "cli", "main.ts") },
      outDir: folder,
      outExtensions: () => ({ js: ".js" }),
      format: "esm",
      platform: "node",
      dts: false,
      logLevel: "error",
      report: false,
    });
    return new BuiltCommand(folder);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  /** Starts the command. */
  start(args: readonly string[]): { readonly child: ChildProcess; readonly end: Promise<Finished> } {
    const child = spawn(process.execPath, [this.main, ...args], { cwd: root });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const end = new Promise<Finished>((done, fail) => {
      child.once("error", fail);
      child.once("close", (code, signal) => done({ code, signal, stdout, stderr }));
    });
    return { child, end };
  }

  /** Runs the command to its end. */
  run(...args: string[]): Promise<Finished> {
    return this.start(args).end;
  }
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves once the child has written `text` to standard error. */
export function stderrShows(child: ChildProcess, text: RegExp): Promise<void> {
  return new Promise((done, fail) => {
    let seen = "";
    child.stderr?.on("data", (part: string) => {
      seen += part;
      if (text.test(seen)) done();
    });
    child.once("close", () => fail(new Error(`the process ended without showing ${text}: ${seen}`)));
  });
}

/** A fresh folder, removed by `remove`. */
export async function temporaryFolder(): Promise<{ readonly path: (name: string) => string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "spectrahedron-test-"));
  return {
    path: (name) => join(folder, name),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
