import { seededRandom } from "./random.ts";

/** Noisy samples of a bent curve in one variable as CSV. */
export function curveTable(rows: number, seed: number): string {
  const random = seededRandom(seed);
  const lines = ["x,y"];
  for (let k = 0; k < rows; k++) {
    const x = -1 + (2 * k) / (rows - 1);
    const y = Math.tanh(4 * x + 1) - 0.7 * Math.tanh(3 * x - 1.5) + 0.06 * (random() - 0.5);
    lines.push(`${x.toFixed(4)},${y.toFixed(4)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Two classes on a chess board of four squares, not separable by a line, as CSV. */
export function chessTable(rows: number, seed: number): string {
  const random = seededRandom(seed);
  const lines = ["left,right,height,side"];
  for (let k = 0; k < rows; k++) {
    const [a, b, c] = [2 * random() - 1, 2 * random() - 1, 2 * random() - 1];
    lines.push(`${a.toFixed(4)},${b.toFixed(4)},${c.toFixed(4)},${a * b > 0 ? "same" : "other"}`);
  }
  return `${lines.join("\n")}\n`;
}

const WEIGHTS = [
  [
    [0.8, -0.4],
    [0.3, 0.9],
  ],
  [
    [0.7, 0.5],
    [-0.6, 0.4],
  ],
  [[1, -0.8]],
] as const;

/** Weights of a network with two hidden layers, as JSON. */
export function activationWeights(): string {
  return `${JSON.stringify({ weights: WEIGHTS })}\n`;
}

/** Samples of that network with the activations 1 + 0.5t − 0.3t² and 0.2 + 0.6t + 0.25t², with a little noise, as CSV. */
export function activationSamples(rows: number, seed: number): string {
  const random = seededRandom(seed);
  const first = (t: number): number => 1 + 0.5 * t - 0.3 * t * t;
  const second = (t: number): number => 0.2 + 0.6 * t + 0.25 * t * t;
  const apply = (W: readonly (readonly number[])[], x: readonly number[]): number[] =>
    W.map((row) => row.reduce((sum, w, k) => sum + w * x[k], 0));
  const lines = ["x1,x2,y"];
  for (let k = 0; k < rows; k++) {
    const x = [2 * random() - 1, 2 * random() - 1];
    const hidden = apply(WEIGHTS[1], apply(WEIGHTS[0], x).map(first)).map(second);
    const y = apply(WEIGHTS[2], hidden)[0] + 0.01 * (random() - 0.5);
    lines.push(`${x[0].toFixed(4)},${x[1].toFixed(4)},${y.toFixed(5)}`);
  }
  return `${lines.join("\n")}\n`;
}
