import { accuracyFigure } from "./accuracy-figure.ts";

/** Figure 3: ionosphere, 280 training and 71 test samples, d = 33 (constant column dropped), m = 2500, β = 10. */
export function run(args: readonly string[]): Promise<void> {
  return accuracyFigure(
    {
      name: "figure3",
      title: "Figure 3: ionosphere",
      file: "ionosphere.csv",
      neurons: 2500,
      missing: "error",
      variants: [
        { name: "β = 10", beta: 10, constant: false, scale: "none" },
        { name: "β = 1", beta: 1, constant: false, scale: "none" },
      ],
      unstated:
        "loss (squared, ±1 targets, summed); features as published; random splits; SGD: batch 32, momentum 0.9, 100 epochs, rate 0.02 decaying linearly, for it β = 0. The second variant is ours.",
    },
    args,
  );
}
