import { existsSync, readFileSync } from "node:fs";
import { evaluateNetwork } from "../../src/networks/network.ts";
import type { Network } from "../../src/networks/network.ts";
import { readNetworkFile } from "../../src/networks/read-file.ts";
import { ballAround } from "../../src/relaxation/query.ts";
import type { Box } from "../../src/relaxation/neuron.ts";
import type { Objective } from "../../src/relaxation/query.ts";

/** Something to bound, with its true optimum where that is known. */
export interface Task {
  readonly network: Network;
  readonly label: string;
  readonly box: Box;
  readonly objective: Objective;
  readonly exact?: number;
  /** How `exact` is known: proved by a MILP, or the least value on a fine grid (an upper bound on the minimum). */
  readonly exactBy?: "milp" | "grid";
}

interface IndexEntry {
  readonly network: string;
  readonly label: string;
  readonly objective: readonly number[];
  readonly exact?: number | null;
  readonly input_low?: readonly number[];
  readonly input_high?: readonly number[];
  readonly image?: number;
  readonly eps?: number;
}

/** The tasks of an index like shared/data/nn/bounds.json, whose networks lie beside it as JSON files. */
export async function indexedTasks(folder: string): Promise<Task[]> {
  const path = `${folder}/bounds.json`;
  if (!existsSync(path)) return [];
  const { tasks } = JSON.parse(readFileSync(path, "utf8")) as { tasks: readonly IndexEntry[] };
  const networks = new Map<string, Network>();
  const images = existsSync(`${folder}/mnist-images.csv`)
    ? readFileSync(`${folder}/mnist-images.csv`, "utf8").trim().split(/\r?\n/).slice(1).map((line) => line.split(",").map(Number))
    : [];
  const list: Task[] = [];
  for (const entry of tasks) {
    const network = networks.get(entry.network) ?? (await readNetworkFile(`${folder}/${entry.network}.json`));
    networks.set(entry.network, network);
    const pixels = images.find(([number]) => number === entry.image)?.slice(2).map((v) => v / 255);
    const box =
      entry.input_low && entry.input_high
        ? { lower: Float64Array.from(entry.input_low), upper: Float64Array.from(entry.input_high) }
        : pixels && ballAround(pixels, entry.eps ?? 0, 0, 1);
    if (!box) continue;
    const where = entry.image === undefined ? widthOf(box) : `image ${entry.image}, eps ${entry.eps}`;
    list.push({
      network,
      label: `${entry.label.replace(" (normalised units)", "")}, ${where}`,
      box,
      objective: { sense: "min", coefficients: Float64Array.from(entry.objective) },
      ...(typeof entry.exact === "number" && { exact: entry.exact, exactBy: "milp" as const }),
    });
  }
  return list;
}

/** Least and greatest value of the trained examples of this folder over boxes of three sizes. */
export async function exampleTasks(): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const name of ["surface-tanh.onnx", "surface-sigmoid.onnx"]) {
    const network = await readNetworkFile(new URL(`data/${name}`, import.meta.url).pathname);
    for (const radius of [0.1, 0.25, 0.5, 1]) {
      const box = ballAround([0, 0], radius);
      const [least, greatest] = gridRange(network, radius);
      for (const [sense, exact] of [["min", least], ["max", greatest]] as const) {
        tasks.push({ network, label: `${sense} y0, ${widthOf(box)}`, box, objective: { sense, coefficients: Float64Array.of(1) }, exact, exactBy: "grid" });
      }
    }
  }
  const encounter = await readNetworkFile(new URL("data/encounter.nnet", import.meta.url).pathname);
  for (const radius of [0.02, 0.05, 0.1]) {
    const box = ballAround([-0.1, 0, 0, 0, 0], radius);
    for (let k = 0; k < 5; k++) {
      const coefficients = Float64Array.from({ length: 5 }, (_, i) => (i === k ? 1 : 0));
      tasks.push({ network: encounter, label: `min y${k}, ${widthOf(box)}`, box, objective: { sense: "min", coefficients } });
    }
  }
  return tasks;
}

function widthOf({ lower, upper }: Box): string {
  return `box width ${Number((upper[0] - lower[0]).toPrecision(3))}`;
}

function gridRange(network: Network, radius: number): [number, number] {
  let [least, greatest] = [Infinity, -Infinity];
  const steps = 200;
  for (let i = 0; i <= steps; i++) {
    for (let k = 0; k <= steps; k++) {
      const [y] = evaluateNetwork(network, [radius * ((2 * i) / steps - 1), radius * ((2 * k) / steps - 1)]);
      [least, greatest] = [Math.min(least, y), Math.max(greatest, y)];
    }
  }
  return [least, greatest];
}
