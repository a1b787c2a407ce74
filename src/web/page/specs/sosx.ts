import type { TaskSpec } from "./task-spec.ts";

export const sosxSpec: TaskSpec = {
  name: "sosx",
  title: "SOSX",
  tagline: "Train a small network by branch and bound",
  about:
    "Trains a network with one hidden layer by branch and bound on linear programs over the pieces of a piecewise-linear " +
    "activation. It tells how good the network is and how good any network could be.",
  statement: ["minimize   Σ |W₂ σ̂(W₁x + b₁) + b₂ − y|", "over        W₁, b₁, b₂ in boxes, σ̂ piecewise linear"],
  slots: { data: "Table" },
  series: { gap: "relative gap", lowerBound: "lower bound", upperBound: "best network" },
  tolerance: "gap",
  fields: [
    { name: "target", label: "Column to predict", kind: "columns" },
    { name: "neurons", label: "Hidden neurons", kind: "number", start: "3" },
    { name: "timeLimit", label: "Time limit", kind: "number", unit: "s", help: "0 = none" },
    { name: "pieces", label: "Pieces of the activation", kind: "number" },
    { name: "activation", label: "Activation", kind: "text", help: "tanh, sigmoid, softplus, relu …" },
    { name: "loss", label: "Error that is minimised", kind: "choice", choices: { mae: "Mean absolute", mse: "Mean squared" } },
    { name: "compare", label: "Compare with", kind: "checks", choices: { adam: "Adam", mip: "Mixed-integer program", ols: "Least squares" } },
    { name: "bound", label: "Bound on parameters", kind: "number", help: "All lie in [−B, B]", more: true },
    { name: "gap", label: "Relative gap", kind: "number", help: "Ends the search", more: true },
    { name: "inputs", label: "Input columns", kind: "names", placeholder: "all others", more: true },
    { name: "trainFraction", label: "Share to train on", kind: "number", more: true },
    { name: "seed", label: "Seed", kind: "number", more: true },
    { name: "epochs", label: "Epochs of Adam", kind: "number", more: true },
    { name: "breakpoints", label: "Breakpoints", kind: "numbersOrWord", placeholder: "automatic", help: "paper, uniform, optimal, or increasing numbers", more: true },
    { name: "engine", label: "Node relaxations by", kind: "choice", more: true, choices: { auto: "Automatic", highs: "HiGHS (simplex)", batch: "Batched splitting", conic: "Conic solver" } },
    { name: "batch", label: "Nodes at once", kind: "number", more: true },
    { name: "branching", label: "Branching", kind: "choice", more: true, choices: { violated: "Most violated", strong: "Strong" } },
    { name: "refit", label: "Fitted again for the activation", kind: "choice", more: true, choices: { layer: "Output layer", bias: "Output bias" } },
    { name: "nodes", label: "Nodes", kind: "number", help: "At most", more: true },
    { name: "chronological", label: "The first rows train, instead of a draw", kind: "flag", more: true },
    { name: "cold", label: "Take only the output weights from Adam", kind: "flag", more: true },
    { name: "heuristics", label: "Search for incumbents beside the nodes' own", kind: "flag", more: true },
  ],
};
