import { planeViolation } from "../../src/relaxation/certificate.ts";
import { NeuronEnvelope } from "../../src/relaxation/neuron-envelope.ts";
import { planeValue } from "../../src/relaxation/neuron.ts";
import { hullByLp } from "./hull.ts";
import { randomNeuron } from "./random-neurons.ts";
import type { testActivations } from "./random-neurons.ts";

export interface HullComparison {
  /** By how much a concave envelope fell below the hull, or a convex one rose above it, at worst; relative. */
  readonly inside: number;
  /** By how much one lay outside the hull beyond what the LP left open. */
  readonly outside: number;
  /** Worst violation of a plane by the certificate. */
  readonly plane: number;
  /** Worst difference between a plane's value at its point and the envelope's. */
  readonly touch: number;
}

/** Envelopes of `count` random neurons with n = 1 … 8 inputs beside linear programs, the two sides in turn. */
export async function compareWithHull(
  { activation }: (typeof testActivations)[number],
  count: number,
  random: () => number,
): Promise<HullComparison> {
  const worst = { inside: 0, outside: 0, plane: 0, touch: 0 };
  for (let k = 0; k < count; k++) {
    const side = k % 2 === 0 ? 1 : -1;
    const { neuron, box, x } = randomNeuron(activation, 1 + (Math.floor(k / 2) % 8), random);
    const envelope = new NeuronEnvelope(neuron, box);
    const value = side > 0 ? envelope.upper(x) : envelope.lower(x);
    const plane = side > 0 ? envelope.upperPlane(x) : envelope.lowerPlane(x);
    const hull = await hullByLp(neuron, box, x, side);
    const scale = 1 + Math.abs(value);
    const above = (side * (value - hull.value)) / scale;
    worst.inside = Math.max(worst.inside, -above);
    worst.outside = Math.max(worst.outside, above - hull.slack / scale);
    worst.plane = Math.max(worst.plane, planeViolation(neuron, box, plane, side) / scale);
    worst.touch = Math.max(worst.touch, Math.abs(planeValue(plane, x) - value) / scale);
  }
  return worst;
}
