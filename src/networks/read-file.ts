import { createReadStream } from "node:fs";
import type { Network } from "./network.ts";
import { readNetwork } from "./read.ts";
import type { ReadNetworkOptions } from "./read.ts";

/** Reads a network from a file as {@link readNetwork} does. Throws also the system's error where it cannot be opened. */
export async function readNetworkFile(path: string, options: ReadNetworkOptions = {}): Promise<Network> {
  return readNetwork(createReadStream(path), { name: path, ...options });
}
