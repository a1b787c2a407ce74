import type { OutputMeaning } from "../network/network.ts";

/** Share of right classes, or root mean squared error in the units of the target; null without samples. */
export function score(
  meaning: OutputMeaning,
  outputs: readonly Float64Array[],
  truth: Float64Array,
): number | null {
  const n = truth.length;
  if (n === 0) return null;
  if (meaning.kind === "regression") {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (meaning.offset + meaning.factor * outputs[0][i] - truth[i]) ** 2;
    return Math.sqrt(sum / n);
  }
  let right = 0;
  for (let i = 0; i < n; i++) {
    let guess = outputs[0][i] >= 0 ? 1 : 0;
    if (outputs.length > 1) {
      guess = 0;
      for (let k = 1; k < outputs.length; k++) if (outputs[k][i] > outputs[guess][i]) guess = k;
    }
    if (guess === truth[i]) right++;
  }
  return right / n;
}

/** The same for always guessing the training samples' most frequent class, or their mean. */
export function majorityScore(
  meaning: OutputMeaning,
  train: Float64Array,
  truth: Float64Array,
): number | null {
  if (truth.length === 0) return null;
  if (meaning.kind === "regression") {
    return Math.sqrt(truth.reduce((sum, value) => sum + (value - meaning.offset) ** 2, 0) / truth.length);
  }
  const counts = new Map<number, number>();
  for (const k of train) counts.set(k, (counts.get(k) ?? 0) + 1);
  const frequent = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
  return truth.reduce((sum, k) => sum + (k === frequent ? 1 : 0), 0) / truth.length;
}
