import type { QuantizedSettings } from "../../src/quantized/settings.ts";
import type { TrainingData } from "../../src/quantized/train.ts";
import { randomInstance } from "./instances.ts";

/** A small problem to be solved on a device and on the CPU; data only, so that browsers can run it too. */
export interface DeviceCase {
  readonly name: string;
  readonly samples: number;
  readonly features: number;
  readonly outputs: number;
  readonly settings: QuantizedSettings;
}

/** Losses, programs, activations and shapes: every kernel, both kinds of projection, several outputs. */
export const deviceCases: readonly DeviceCase[] = [
  { name: "squared loss", samples: 70, features: 9, outputs: 1, settings: { beta: 1 } },
  { name: "one feature", samples: 12, features: 1, outputs: 1, settings: { beta: 0.5 } },
  { name: "64 features, two outputs", samples: 50, features: 64, outputs: 2, settings: { beta: 1 } },
  { name: "five outputs", samples: 90, features: 7, outputs: 5, settings: { beta: 1 } },
  { name: "absolute loss", samples: 60, features: 6, outputs: 1, settings: { beta: 0.3, loss: "absolute" } },
  { name: "hinge loss", samples: 60, features: 14, outputs: 1, settings: { beta: 0.3, loss: "hinge" } },
  { name: "logistic loss, levels", samples: 50, features: 5, outputs: 2, settings: { beta: 0.2, loss: "logistic", levels: 2 } },
  { name: "Huber loss", samples: 60, features: 6, outputs: 1, settings: { beta: 0.3, loss: "huber" } },
  { name: "quadratic program", samples: 60, features: 6, outputs: 2, settings: { beta: 0.5, program: "quadratic" } },
  {
    name: "polynomial activation",
    samples: 60,
    features: 6,
    outputs: 1,
    settings: { beta: 0.5, activation: { a: 0.7, b: 1.3, c: -0.4 } },
  },
  {
    name: "quadratic program, polynomial activation, hinge loss",
    samples: 60,
    features: 6,
    outputs: 1,
    settings: { beta: 0.3, program: "quadratic", activation: { a: 1, b: 0.5, c: 0.2 }, loss: "hinge" },
  },
  {
    name: "samples past the inverse",
    samples: 1600,
    features: 5,
    outputs: 1,
    settings: { beta: 5, program: "quadratic", loss: "huber" },
  },
];

/** Random samples; targets ±1 where the loss asks for labels. */
export function instanceOf({ samples: n, features: d, outputs, settings }: DeviceCase): TrainingData {
  const labels = settings.loss === "hinge" || settings.loss === "logistic";
  const { samples } = randomInstance(5, n, d, labels);
  const targets = Array.from({ length: outputs }, (_, k) => randomInstance(5 + k, n, d, labels).y);
  return { samples, targets };
}
