import { accuracyFigure } from "./accuracy-figure.ts";

/** Figure 2: breast-cancer (Ljubljana), 228 training and 58 test samples, d = 9, m = 250, β = 0.1. */
export function run(args: readonly string[]): Promise<void> {
  return accuracyFigure(
    {
      name: "figure2",
      title: "Figure 2: breast-cancer",
      file: "breast-cancer-ljubljana-coded.csv",
      neurons: 250,
      missing: "mean",
      variants: [
        { name: "β = 0.1", beta: 0.1, constant: false, scale: "standard" },
        { name: "β = 10, constant feature", beta: 10, constant: true, scale: "standard" },
      ],
      unstated:
        "loss (squared, ±1 targets, summed); coding of the categorical features (ordinal, see bench/data/README.md), missing cells by means, standardised; random splits; SGD: batch 32, momentum 0.9, 100 epochs, rate 0.02 decaying linearly. The second variant is ours.",
    },
    args,
  );
}
