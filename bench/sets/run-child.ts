import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";

export interface ChildRun {
  readonly code: number | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Wall time from start to end of the process. */
  readonly seconds: number;
  /** Largest resident set seen, in MB (10⁶ bytes); undefined where /proc is missing. */
  readonly peakMegabytes: number | undefined;
}

/** High-water mark of a process's resident set, in MB; undefined when it is gone or the system has no /proc. */
async function highWaterMark(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(status);
  return match ? (Number(match[1]) * 1024) / 1e6 : undefined;
}

/** Runs a program to its end, or kills it (and what it started) after `limit` seconds. */
export async function runChild(
  command: string,
  args: readonly string[],
  options: { readonly limit: number; readonly cwd?: string; readonly shell?: boolean },
): Promise<ChildRun> {
  const start = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    shell: options.shell ?? false,
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that a shell's children can be ended with it.
    detached: true,
  });
  const { pid } = child;
  let stdout = "";
  let stderr = "";
  let timedOut = false;
  let peak: number | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const sampler = setInterval(() => {
    if (pid !== undefined) void highWaterMark(pid).then((mb) => (peak = Math.max(peak ?? 0, mb ?? 0) || undefined));
  }, 25);
  const killer = setTimeout(() => {
    timedOut = true;
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  }, options.limit * 1000);
  const code = await new Promise<number | null>((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  }).finally(() => {
    clearInterval(sampler);
    clearTimeout(killer);
  });
  return { code, timedOut, stdout, stderr, seconds: (performance.now() - start) / 1000, peakMegabytes: peak };
}
