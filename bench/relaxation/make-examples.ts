/**
 * Trains the example networks of bench/relaxation/data: `npx tsx bench/relaxation/make-examples.ts`.
 * - encounter.nnet: 5-24-24-24-5 ReLU, advisory scores of a made-up two-aircraft encounter (range, bearing, heading,
 *   two speeds; clear, weak and strong turns), in the format and units of the ACAS Xu networks.
 * - surface-tanh.onnx, surface-sigmoid.onnx: 2-12-8-1 surrogates of a smooth surface on [−1, 1]².
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { makeNetwork } from "../../src/networks/network.ts";
import type { Network } from "../../src/networks/network.ts";
import { onnxModel } from "../../test/networks/onnx-writer.ts";
import { randomNetwork } from "../../test/relaxation/networks.ts";
import { train } from "../../test/relaxation/training.ts";
import { seededRandom } from "../random.ts";

const folder = new URL("data/", import.meta.url);
const LOWER = [0, -Math.PI, -Math.PI, 100, 0];
const UPPER = [60000, Math.PI, Math.PI, 1200, 1200];
const MEAN = [20000, 0, 0, 650, 600];
const RANGE = [60000, 2 * Math.PI, 2 * Math.PI, 1100, 1200];

/** Costs of five advisories at normalised inputs, about −1 … 1: the closer the paths come, the more a turn pays. */
function advisoryCosts(x: readonly number[]): number[] {
  const [range, bearing, heading, own, other] = x.map((v, j) => v * RANGE[j] + MEAN[j]);
  const [px, py] = [range * Math.cos(bearing), range * Math.sin(bearing)];
  const [vx, vy] = [other * Math.cos(heading) - own, other * Math.sin(heading)];
  const time = Math.min(60, Math.max(0, -(px * vx + py * vy) / (vx * vx + vy * vy + 1)));
  const miss = Math.hypot(px + vx * time, py + vy * time);
  const danger = Math.exp(-miss / 6000) * Math.exp(-range / 40000);
  return [2 * danger - 0.5, ...[0.5, -0.5, 1, -1].map((turn) => 0.3 * Math.abs(turn) - 0.4 + danger * (1 - Math.abs(turn) * (turn * py < 0 ? 1 : 0.3)))];
}

function nnetText(network: Network): string {
  const row = (values: Iterable<number>): string => `${[...values].join(",")},`;
  const sizes = [network.inputSize, ...network.layers.map(({ bias }) => bias.length)];
  const lines = [
    "// A trained example of the .nnet format: advisory costs of a made-up encounter of two aircraft",
    row([network.layers.length, sizes[0], sizes[sizes.length - 1], Math.max(...sizes)]),
    row(sizes),
    "0,",
    row(LOWER),
    row(UPPER),
    row([...MEAN, 0]),
    row([...RANGE, 1]),
  ];
  for (const { weights, bias } of network.layers) {
    const n = weights.length / bias.length;
    for (let i = 0; i < bias.length; i++) lines.push(row(rounded(weights.subarray(i * n, (i + 1) * n))));
    for (const b of rounded(bias)) lines.push(`${b},`);
  }
  return `${lines.join("\n")}\n`;
}

function rounded(values: Float64Array): number[] {
  return Array.from(values, (v) => Number(v.toPrecision(6)));
}

function encounter(): Network {
  const random = seededRandom(17);
  const samples = Array.from({ length: 1500 }, () => {
    const input = LOWER.map((low, j) => (low + random() * (UPPER[j] - low) - MEAN[j]) / RANGE[j]);
    return { input, target: advisoryCosts(input) };
  });
  return train(randomNetwork([5, 24, 24, 24, 5], "relu", 3, 1.4), samples, { steps: 1500, rate: 0.003, batch: 250 }).network;
}

function surface(activation: string): Network {
  const samples = [];
  for (let i = 0; i <= 16; i++) {
    for (let k = 0; k <= 16; k++) {
      const [a, b] = [i / 8 - 1, k / 8 - 1];
      samples.push({ input: [a, b], target: [Math.sin(3 * a) * Math.cos(2 * b) + 0.5 * a * b] });
    }
  }
  return train(randomNetwork([2, 12, 8, 1], activation, 8, 1.2), samples, { steps: 2500, rate: 0.01, batch: samples.length }).network;
}

function onnxBytes(network: Network, op: string): Uint8Array {
  const nodes = network.layers.flatMap((_, k) => {
    const last = k === network.layers.length - 1;
    const from = k === 0 ? "x" : `a${k - 1}`;
    const gemm = { op: "Gemm", inputs: [from, `W${k}`, `b${k}`], output: last ? "y" : `z${k}`, name: `gemm_${k}`, ints: { transB: 1 } };
    return last ? [gemm] : [gemm, { op, inputs: [`z${k}`], output: `a${k}`, name: `${op.toLowerCase()}_${k}` }];
  });
  const tensors = network.layers.flatMap(({ weights, bias }, k) => [
    { name: `W${k}`, dims: [bias.length, weights.length / bias.length], values: [...weights] },
    { name: `b${k}`, dims: [bias.length], values: [...bias] },
  ]);
  return onnxModel(nodes, tensors, [0, network.inputSize]);
}

mkdirSync(folder, { recursive: true });
writeFileSync(new URL("encounter.nnet", folder), nnetText(makeNetwork(5, encounter().layers)));
writeFileSync(new URL("surface-tanh.onnx", folder), onnxBytes(surface("tanh"), "Tanh"));
writeFileSync(new URL("surface-sigmoid.onnx", folder), onnxBytes(surface("sigmoid"), "Sigmoid"));
