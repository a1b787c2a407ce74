import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command line from source. */
export function start(args: readonly string[]): { readonly child: ChildProcess; readonly end: Promise<Finished> } {
  const child = spawn(process.execPath, ["--import", "tsx", main, ...args], { cwd: root });
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

/** Runs the command line from source to its end. */
export function spectrahedron(...args: string[]): Promise<Finished> {
  return start(args).end;
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
