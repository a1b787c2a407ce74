import type { TaskSpec } from "./task-spec.ts";

export const activationSpec: TaskSpec = {
  name: "activation",
  title: "Activation",
  tagline: "Learn the polynomial activations of a network",
  about:
    "With the weights of a network given, finds the polynomial activations that fit samples best, globally: it is a " +
    "polynomial optimisation problem in the coefficients, with a certified bound.",
  statement: ["minimize   ‖y − Wₖ σₖ(… σ₁(W₁x))‖", "over        coefficients of the polynomials σ₁ … σₖ"],
  slots: { data: "Samples", weights: "Weights", test: "Samples for the residuals" },
  fields: [
    { name: "degrees", label: "Degrees of the activations", kind: "numbers", start: "2, 2", help: "Layer by layer" },
    { name: "loss", label: "Loss", kind: "choice", wide: true, choices: { squares: "Root mean square", mean: "Largest mean residual", max: "Largest residual" } },
    { name: "order", label: "Relaxation order", kind: "number", placeholder: "the least one", more: true },
    { name: "maxOrder", label: "Last order", kind: "number", placeholder: "the first one", more: true },
    { name: "reach", label: "Reach", kind: "number", placeholder: "automatic", help: "The bound holds for coefficients up to this times their expected size", more: true },
  ],
};
