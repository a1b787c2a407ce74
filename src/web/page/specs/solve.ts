import type { TaskSpec } from "./task-spec.ts";

export const solveSpec: TaskSpec = {
  name: "solve",
  title: "Solve",
  tagline: "Semidefinite and conic programs",
  about:
    "Reads a semidefinite or conic problem and finds its optimum, or proves that there is none. " +
    "Whether it is solved is decided in double precision on the original data.",
  statement: ["minimize   ½ xᵀPx + cᵀx", "subject to  Ax + s = b,  s ∈ K"],
  slots: { problem: "Problem", warmStart: "Starting point" },
  tolerance: "eps",
  series: { lowerBound: "dual objective", upperBound: "primal objective" },
  fields: [
    { name: "eps", label: "Tolerance", kind: "number", help: "Of residuals, gap, objective" },
    { name: "timeLimit", label: "Time limit", kind: "number", unit: "s", help: "0 = none" },
    {
      name: "method",
      label: "Method",
      kind: "choice",
      wide: true,
      help: "Automatic: splitting first, then interior point where that is cheaper.",
      choices: {
        auto: "Automatic",
        splitting: "Operator splitting only",
        interior: "Interior point only",
        reference: "Plain splitting of SCS 3",
      },
    },
    { name: "maxIterations", label: "Splitting iterations", kind: "number", help: "At most", more: true },
    {
      name: "precision",
      label: "After single precision of a GPU",
      kind: "choice",
      more: true,
      wide: true,
      choices: { auto: "Whatever is cheapest", f32: "Nothing", refined: "Splitting in double precision" },
    },
    { name: "refinement", label: "Refined where", kind: "choice", more: true, choices: { auto: "Automatic", cpu: "CPU", device: "GPU" } },
    {
      name: "projection",
      label: "GPU projection",
      kind: "choice",
      more: true,
      choices: { auto: "Automatic", jacobi: "Jacobi", polynomial: "Polynomial", tiled: "Polynomial, tiled", subspace: "Subspace" },
    },
    { name: "traceBound", label: "Trace bound of the slack", kind: "number", placeholder: "none", more: true, help: "Gives a certified lower bound, if some optimal slack has at most this trace." },
    { name: "dualTraceBound", label: "Trace bound of the dual", kind: "number", placeholder: "none", more: true, help: "Likewise for a certified upper bound." },
    { name: "adapter", label: "Adapter", kind: "text", placeholder: "the fastest", more: true, help: "Part of its name" },
    { name: "profile", label: "Time every GPU kernel", kind: "flag", more: true },
  ],
};
