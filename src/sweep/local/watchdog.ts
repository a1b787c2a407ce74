import { Worker } from "node:worker_threads";

/** Descriptor on which the watchdog says why it ends its process. */
export const WATCHDOG_DESCRIPTOR = 4;

/** How often memory and parent are looked at, milliseconds. */
const INTERVAL = 25;

/**
 * The thread's program. It has to be text: a bundle has no file of its own for it. A task may compute for minutes
 * without giving the event loop a turn, so that only another thread can keep the limit and notice that the parent is
 * gone.
 */
const PROGRAM = `
  const { workerData: { memory, parent, descriptor, interval, peak } } = require("node:worker_threads");
  const { writeSync } = require("node:fs");
  setInterval(() => {
    const size = process.memoryUsage.rss();
    const kilobytes = Math.ceil(size / 1024);
    if (kilobytes > Atomics.load(peak, 0)) Atomics.store(peak, 0, kilobytes);
    const over = memory > 0 && size > memory;
    if (over) writeSync(descriptor, "memory " + size + "\\n");
    if (over || process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, interval);
`;

/** Ends this process at once when its memory goes beyond the limit or its parent is gone; knows the peak meanwhile. */
export class Watchdog {
  private readonly peak = new Int32Array(new SharedArrayBuffer(4));

  /** @param memory bytes of resident memory; 0 = no limit */
  constructor(memory: number) {
    const workerData = { memory, parent: process.ppid, descriptor: WATCHDOG_DESCRIPTOR, interval: INTERVAL, peak: this.peak };
    // The child's own flags (a loader of TypeScript, the size of the heap) are not for this thread.
    new Worker(PROGRAM, { eval: true, workerData, execArgv: [], stdout: false, stderr: false }).unref();
  }

  /** Starts a new measurement. */
  reset(): void {
    Atomics.store(this.peak, 0, 0);
  }

  /** Largest resident memory since the last reset, bytes. */
  peakMemory(): number {
    return Math.max(Atomics.load(this.peak, 0) * 1024, process.memoryUsage.rss());
  }
}
