import type { TaskSpec } from "./task-spec.ts";

export const minimizeSpec: TaskSpec = {
  name: "minimize",
  title: "Minimize",
  tagline: "Global minimum of a polynomial",
  about:
    "Bounds a polynomial from below by moment relaxations of growing order and extracts global minimisers. The bound is " +
    "certified by a sum of squares; a point that meets it is a proof of optimality.",
  statement: ["minimize   p(x)", "subject to  gᵢ(x) ≥ 0,  hⱼ(x) = 0,  x ∈ ℝⁿ"],
  slots: { problem: "Problem file" },
  fields: [
    { name: "expression", label: "Polynomial", kind: "block", placeholder: "x1^4 + 3*x1*x2 - 1", help: "Sums of products, such as 4*x^2 - 2.1*x^4 + x*y" },
    { name: "subjectTo", label: "Subject to", kind: "lines", placeholder: "x1^2 + x2^2 <= 1", help: "One constraint a line, with <=, >= or =" },
    { name: "maximize", label: "Maximise instead", kind: "flag" },
    { name: "order", label: "Relaxation order", kind: "number", placeholder: "the least one", help: "To start with" },
    { name: "maxOrder", label: "Last order", kind: "number", placeholder: "the least + 2" },
    { name: "certificate", label: "Give the sum-of-squares certificate as a file", kind: "flag", start: "true" },
    { name: "problem", label: "Name of the problem", kind: "text", placeholder: "the only one", help: "In a file that holds several", more: true },
    { name: "rankTolerance", label: "Rank tolerance", kind: "number", placeholder: "1e-3 to 1e-6", help: "Eigenvalues below this share of the largest count as zero", more: true },
    { name: "timeLimit", label: "Time limit", kind: "number", unit: "s", help: "0 = none", more: true },
    { name: "sparse", label: "Split the variables into cliques (correlative sparsity)", kind: "flag", more: true },
    { name: "termSparse", label: "Split the matrices by term sparsity", kind: "flag", more: true },
    { name: "ball", label: "Add the ball that follows from the bounds", kind: "flag", more: true },
  ],
};
