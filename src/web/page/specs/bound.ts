import type { TaskSpec } from "./task-spec.ts";

export const boundSpec: TaskSpec = {
  name: "bound",
  title: "Bound",
  tagline: "Outputs of a trained network, over a box of inputs",
  about:
    "Gives certified bounds on the outputs of a trained network over all inputs of a box, or decides a property such as " +
    "y0 − y1 ≥ 0. The bounds hold for the true network whatever the accuracy of the linear programs behind them.",
  statement: ["minimize   cᵀy", "subject to  y = network(x),  x ∈ box"],
  slots: { network: "Network", box: "Box of inputs" },
  fields: [
    { name: "objective", label: "What to bound", kind: "lines", placeholder: "every output, both ways", help: "One a line: y0 - y1, max 2*y3 + 1, or a property y0 - y1 >= 0" },
    { name: "method", label: "Relaxation", kind: "choice", wide: true, choices: { interval: "Intervals", univariate: "Envelopes of one variable", neuron: "Envelopes of whole neurons" } },
    { name: "rounds", label: "Linear programs", kind: "number", help: "At most, for each objective and kind of cut" },
    { name: "tighten", label: "Bound the neurons layer by layer first", kind: "flag" },
    { name: "eps", label: "Radius around points", kind: "number", placeholder: "none", help: "When the box is a table of points", more: true },
    { name: "row", label: "Row of the table", kind: "number", placeholder: "every row", more: true },
    { name: "divide", label: "Divide the table by", kind: "number", more: true },
    { name: "clip", label: "Cut off at", kind: "numbers", placeholder: "low, high", more: true },
    { name: "exact", label: "True optimum, ReLU", kind: "number", unit: "s", help: "Seconds to look for it; 0 = do not", more: true },
    { name: "timeLimit", label: "Time limit", kind: "number", unit: "s", help: "0 = none", more: true },
    { name: "engine", label: "Linear programs by", kind: "choice", more: true, choices: { highs: "HiGHS (simplex)", splitting: "Operator splitting" } },
    { name: "lifted", label: "Add the semidefinite bound (small ReLU networks)", kind: "flag", more: true },
    { name: "raw", label: "Box and outputs in raw units", kind: "flag", more: true },
  ],
};
