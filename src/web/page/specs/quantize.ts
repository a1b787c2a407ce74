import type { TaskSpec } from "./task-spec.ts";

export const quantizeSpec: TaskSpec = {
  name: "quantize",
  title: "Quantize",
  tagline: "Train a network of ±1 weights to a certified bound",
  about:
    "Trains a two-layer network with quantized weights on a table, by solving its convex program. The lower bound is " +
    "certified: no network of this kind, of any size, has a smaller training objective.",
  statement: ["minimize   Σ ℓ(Σⱼ αⱼ (xᵀuⱼ)(xᵀvⱼ), y) + βd Σ|αⱼ|", "over        uⱼ, vⱼ ∈ {−1, 1}ᵈ, any number of neurons"],
  slots: { data: "Table" },
  tolerance: "gap",
  series: { gap: "relative gap", lowerBound: "certified lower bound", upperBound: "relaxed objective" },
  fields: [
    { name: "target", label: "Column to predict", kind: "column" },
    { name: "task", label: "Kind", kind: "choice", placeholder: "Automatic", choices: { regression: "Regression", classification: "Classification" } },
    { name: "beta", label: "Regularisation β", kind: "number", help: "Larger: fewer, smaller weights" },
    { name: "neurons", label: "Sizes of networks drawn", kind: "numbers", help: "Neurons, with commas" },
    { name: "gap", label: "Tolerance", kind: "number", help: "Certified relative gap to stop at" },
    { name: "scale", label: "Scale of the features", kind: "choice", choices: { none: "As they are", standard: "Mean 0, sd 1", range: "Into [−1, 1]" } },
    { name: "compare", label: "Compare with", kind: "checks", choices: { sgd: "Gradient descent", ste: "Straight-through", float: "Real weights" } },
    { name: "loss", label: "Loss", kind: "choice", more: true, choices: { squared: "Squared", huber: "Huber", hinge: "Hinge", logistic: "Logistic", absolute: "Absolute" } },
    { name: "levels", label: "Weight levels M", kind: "number", help: "Weights −M, −M+2 … M", more: true },
    { name: "activation", label: "Activation", kind: "numbersOrWord", help: "bilinear, or a, b, c for at² + bt + c", more: true },
    { name: "program", label: "Convex program", kind: "choice", more: true, choices: { bilinear: "Bilinear, (22)", quadratic: "Quadratic, (19)" } },
    { name: "betaGrid", label: "Choose β from", kind: "numbers", placeholder: "no choice", help: "By accuracy on a fifth of the training rows", more: true },
    { name: "split", label: "Share to train on", kind: "number", more: true },
    { name: "seed", label: "Seed", kind: "number", help: "Of split and sampling", more: true },
    { name: "repeat", label: "Runs", kind: "number", help: "With seeds from the one above on", more: true },
    { name: "missing", label: "Missing cells", kind: "choice", more: true, choices: { error: "Are an error", mean: "Take the column's mean" } },
    { name: "drop", label: "Columns to leave out", kind: "names", placeholder: "none", more: true },
    { name: "average", label: "Losses of samples", kind: "choice", more: true, choices: { sum: "Summed", mean: "Averaged" } },
    { name: "regularizer", label: "Regulariser", kind: "choice", more: true, choices: { consistent: "2βdρ, consistent", printed: "βdρ, as printed" } },
    { name: "maxIterations", label: "Iterations", kind: "number", help: "At most", more: true },
    { name: "timeLimit", label: "Time limit", kind: "number", unit: "s", help: "0 = none", more: true },
    { name: "adapter", label: "Adapter", kind: "text", placeholder: "the fastest", help: "Part of its name", more: true },
    { name: "constant", label: "Add a feature that is always 1", kind: "flag", more: true },
  ],
};
