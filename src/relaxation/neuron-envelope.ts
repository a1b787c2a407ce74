import { ProblemError } from "../errors.ts";
import { ConcaveEnvelope } from "./concave-envelope.ts";
import { argumentRange, requireBox, requireNeuron } from "./neuron.ts";
import type { Box, Neuron, Plane } from "./neuron.ts";
import { orient } from "./oriented.ts";
import { repairPlane } from "./certificate.ts";

/** A half-space that holds the graph of a neuron: y ≤ plane (`side` 1) or y ≥ plane (`side` −1). */
export interface Cut {
  readonly side: 1 | -1;
  readonly plane: Plane;
  /** How far the separated point lies beyond the envelope. */
  readonly violation: number;
}

/**
 * The convex hull of the graph of a neuron y = σ(wᵀx + b) over a box: its concave envelope above and its convex
 * envelope below, exact for σ convex, concave or with one inflection on the neuron's range.
 * Keep one per neuron: evaluations reuse its memory (O(n) and what of an O(n log n) sort is needed).
 *
 * @throws ProblemError for a bad box, weights that are not finite, or two inflections in the range
 */
export class NeuronEnvelope {
  readonly neuron: Neuron;
  readonly box: Box;
  /** The envelope above the neuron, and the one below (that of −σ with its sign turned). */
  readonly above: ConcaveEnvelope;
  readonly below: ConcaveEnvelope;

  constructor(neuron: Neuron, box: Box) {
    requireNeuron(neuron);
    requireBox(box, neuron.weights.length);
    const [low, high] = argumentRange(neuron, box);
    const { activation } = neuron;
    if (!Number.isFinite(activation.value(low)) || !Number.isFinite(activation.value(high))) {
      throw new ProblemError(
        `${activation.name} overflows on [${low}, ${high}]: the box of this neuron is too large`,
        { field: "box" },
      );
    }
    this.neuron = neuron;
    this.box = box;
    this.above = new ConcaveEnvelope(neuron, box, orient(activation, low, high, 1));
    this.below = new ConcaveEnvelope(neuron, box, orient(activation, low, high, -1));
  }

  /** The concave envelope at x: the greatest y of the hull. */
  upper(x: ArrayLike<number>): number {
    return this.above.evaluate(x);
  }

  /** The convex envelope at x: the least y of the hull. */
  lower(x: ArrayLike<number>): number {
    return this.below.evaluate(x);
  }

  /** A plane above the neuron on the whole box that touches the concave envelope at x. */
  upperPlane(x: ArrayLike<number>): Plane {
    return this.plane(this.above, x);
  }

  /** A plane below the neuron on the whole box that touches the convex envelope at x. */
  lowerPlane(x: ArrayLike<number>): Plane {
    return this.plane(this.below, x);
  }

  /**
   * A cut that holds the hull and not (x, y), or undefined where (x, y) lies in the hull within `tolerance`.
   * The plane is as computed; {@link certifiedCut} makes it valid to the last digit.
   */
  separate(x: ArrayLike<number>, y: number, tolerance = 1e-9): Cut | undefined {
    // The neuron's own value lies between the envelopes: it tells which of them y can violate.
    const { weights, bias, activation } = this.neuron;
    let z = bias;
    for (let j = 0; j < weights.length; j++) z += weights[j] * x[j];
    if (y > activation.value(z)) {
      const upper = this.above.evaluate(x);
      if (y > upper + tolerance) return { side: 1, plane: this.upperPlane(x), violation: y - upper };
    } else {
      const lower = this.below.evaluate(x);
      if (y < lower - tolerance) return { side: -1, plane: this.lowerPlane(x), violation: lower - y };
    }
    return undefined;
  }

  /** The cut with its plane checked by the certificate and moved until it is valid. */
  certifiedCut(cut: Cut): Cut {
    return { ...cut, plane: repairPlane(this.neuron, this.box, cut.plane, cut.side) };
  }

  private plane(envelope: ConcaveEnvelope, x: ArrayLike<number>): Plane {
    const plane = { constant: 0, slope: new Float64Array(this.neuron.weights.length) };
    envelope.evaluate(x, plane);
    return plane;
  }
}
