import type { MessagePort, Worker } from "node:worker_threads";

export type NodeThread = Worker;

/**
 * Node's Worker class; undefined elsewhere. Asked of the process and not imported: bundlers for browsers stumble over
 * imports of `node:` modules, dynamic ones too.
 */
export function nodeWorker(): typeof Worker | undefined {
  if (typeof process !== "object" || typeof process.getBuiltinModule !== "function") return undefined;
  return process.getBuiltinModule("node:worker_threads")?.Worker;
}

/** The port to the parent inside one of Node's threads; undefined elsewhere, a browser's worker among them. */
export function nodePort(): MessagePort | undefined {
  if (typeof process !== "object" || typeof process.getBuiltinModule !== "function") return undefined;
  return process.getBuiltinModule("node:worker_threads")?.parentPort ?? undefined;
}
