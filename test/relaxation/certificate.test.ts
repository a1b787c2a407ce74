import { describe, expect, it } from "vitest";
import { planeViolation, repairPlane } from "../../src/relaxation/certificate.ts";
import { NeuronEnvelope } from "../../src/relaxation/neuron-envelope.ts";
import { planeValue } from "../../src/relaxation/neuron.ts";
import { randomNeuron, seededRandom, testActivations } from "./random-neurons.ts";
import type { NeuronCase } from "./random-neurons.ts";

/** The greatest side·(σ − L) over a fine grid of arguments, each at its worst point of the box, by sampling pairs. */
function sampledViolation({ neuron, box }: NeuronCase, plane: { constant: number; slope: Float64Array }, side: number, random: () => number): number {
  const n = neuron.weights.length;
  let worst = -Infinity;
  const look = (x: Float64Array): void => {
    let z = neuron.bias;
    for (let j = 0; j < n; j++) z += neuron.weights[j] * x[j];
    worst = Math.max(worst, side * (neuron.activation.value(z) - planeValue(plane, x)));
  };
  for (let mask = 0; mask < 1 << n; mask++) {
    const corner = box.lower.map((l, j) => ((mask >> j) & 1 ? box.upper[j] : l));
    // Along every edge from this corner: the worst points of a knapsack lie on edges.
    for (let j = 0; j < n; j++) {
      for (let k = 0; k <= 40; k++) {
        const x = corner.slice();
        x[j] = box.lower[j] + ((box.upper[j] - box.lower[j]) * k) / 40;
        look(x);
      }
    }
  }
  for (let k = 0; k < 50; k++) look(box.lower.map((l, j) => l + random() * (box.upper[j] - l)));
  return worst;
}

describe("certificate of a plane", () => {
  it.each(testActivations)("$label: is no less than what sampling finds, and hardly more", ({ activation }) => {
    const random = seededRandom(21);
    for (let k = 0; k < 40; k++) {
      const candidate = randomNeuron(activation, 1 + (k % 4), random);
      const { neuron, box, x } = candidate;
      const envelope = new NeuronEnvelope(neuron, box);
      const side = k % 2 === 0 ? 1 : -1;
      const { constant, slope } = side > 0 ? envelope.upperPlane(x) : envelope.lowerPlane(x);
      const plane = { constant, slope: slope.map((b) => b + 0.3 * (random() - 0.5)) };
      const found = planeViolation(neuron, box, plane, side);
      const sampled = sampledViolation(candidate, plane, side, random);
      expect(found).toBeGreaterThanOrEqual(sampled - 1e-12 * (1 + Math.abs(sampled)));
      // Curvature times the square of the sampling step.
      expect(found - sampled).toBeLessThan(0.05 * (1 + Math.abs(sampled)));
    }
  });

  it.each(testActivations)("$label: a repaired plane is valid and not moved more than needed", ({ activation }) => {
    const random = seededRandom(22);
    for (let k = 0; k < 40; k++) {
      const { neuron, box, x } = randomNeuron(activation, 1 + (k % 8), random);
      const envelope = new NeuronEnvelope(neuron, box);
      const side = k % 2 === 0 ? 1 : -1;
      const exact = side > 0 ? envelope.upperPlane(x) : envelope.lowerPlane(x);
      // As a kernel in single precision would return it.
      const rough = { constant: Math.fround(exact.constant), slope: exact.slope.map(Math.fround) };
      let scale = 1 + Math.abs(exact.constant);
      exact.slope.forEach((b, j) => (scale += Math.abs(b) * Math.max(Math.abs(box.lower[j]), Math.abs(box.upper[j]))));
      const repaired = repairPlane(neuron, box, rough, side);
      expect(planeViolation(neuron, box, repaired, side)).toBeLessThanOrEqual(0);
      expect(Math.abs(repaired.constant - exact.constant)).toBeLessThan(1e-6 * scale);
    }
  });
});
