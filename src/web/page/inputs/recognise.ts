import type { TaskInput, TaskName } from "../../../tasks/task.ts";

/** Where a file belongs. */
export interface Place {
  readonly task: TaskName;
  readonly slot: string;
}

/** Beyond this much of a file nothing is looked at: enough for the keys of any JSON that the tasks read. */
const HEAD_BYTES = 1 << 16;

/**
 * The tasks and slots that a file fits, the likeliest first, by its name and the beginning of what it holds. Empty for a
 * file that no task reads.
 */
export function recognise({ name, bytes }: TaskInput): readonly Place[] {
  const base = name.toLowerCase().replace(/\.gz$/, "");
  if (/\.(dat-s|sdpa|cbf|mps|qps)$/.test(base)) return [{ task: "solve", slot: "problem" }];
  if (/\.(nnet|onnx)$/.test(base)) return [{ task: "bound", slot: "network" }];
  if (base.endsWith(".csv")) {
    return [
      { task: "quantize", slot: "data" },
      { task: "sosx", slot: "data" },
      { task: "activation", slot: "data" },
      { task: "bound", slot: "box" },
    ];
  }
  if (base.endsWith(".json")) return recogniseJson(new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES)));
  return [];
}

const point: Place = { task: "solve", slot: "warmStart" };
const problem: Place = { task: "solve", slot: "problem" };
const network: Place = { task: "bound", slot: "network" };
const box: Place = { task: "bound", slot: "box" };
const polynomial: Place = { task: "minimize", slot: "problem" };
const weights: Place = { task: "activation", slot: "weights" };

function recogniseJson(head: string): readonly Place[] {
  const has = (...keys: readonly string[]): boolean => keys.every((key) => new RegExp(`"${key}"\\s*:`).test(head));
  if (has("layers") || has("input_size")) return [network];
  if (has("cones")) return [problem];
  if (has("variables") || has("problems")) return [polynomial];
  if (has("lower", "upper") || /^\s*\[\s*\[/.test(head)) return [box];
  if (has("weights")) return [weights];
  if (has("x") && (has("y") || has("s"))) return [point];
  return [problem, polynomial, network, box, weights, point];
}
