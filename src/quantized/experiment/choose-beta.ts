import { SettingsError } from "../../errors.ts";
import type { PreparedData, PreparedPart } from "./prepare.ts";
import { runExperiment } from "./run.ts";

/** The loosest gap that the choice is made with. */
const CHOICE_GAP = 1e-4;

export interface BetaChoice {
  readonly beta: number;
  /** Training rows that were held out to choose. */
  readonly heldOut: number;
}

/**
 * The β of a grid whose relaxation predicts a held-out fifth of the training rows best: by accuracy, for regression by
 * the squared error.
 * @param settings of the solves, for a β
 * @throws SettingsError for too few training rows
 */
export async function chooseBeta(
  data: PreparedData,
  grid: readonly number[],
  settings: (beta: number) => Parameters<typeof runExperiment>[1],
  seed: number,
): Promise<BetaChoice> {
  const count = data.train.rows.length;
  const kept = Math.floor(0.8 * count);
  if (grid.length === 0 || kept < 1 || kept === count) {
    throw new SettingsError(`${count} training rows are too few to choose β from a grid`, { field: "betaGrid" });
  }
  const part = { ...data, train: rowsOfPart(data.train, 0, kept), test: rowsOfPart(data.train, kept, count) };
  let best = grid[0];
  let bestScore = -Infinity;
  for (const beta of grid) {
    const asked = settings(beta);
    const loose = { ...asked, gap: Math.max(asked?.gap ?? CHOICE_GAP, CHOICE_GAP) };
    const { report } = await runExperiment(part, loose, { neurons: [1], seed, compare: [] });
    const score = report.relaxed.testAccuracy ?? -(report.relaxed.testError ?? Infinity);
    if (score <= bestScore) continue;
    bestScore = score;
    best = beta;
  }
  return { beta: best, heldOut: count - kept };
}

function rowsOfPart(part: PreparedPart, first: number, last: number): PreparedPart {
  const { count, features, values } = part.samples;
  const rows = last - first;
  const out = new Float64Array(rows * features);
  for (let j = 0; j < features; j++) out.set(values.subarray(j * count + first, j * count + last), j * rows);
  return {
    samples: { count: rows, features, values: out },
    rows: part.rows.slice(first, last),
    targets: part.targets.map((y) => y.slice(first, last)),
    truth: part.truth.slice(first, last),
  };
}
