import breastCancer from "../../../../bench/data/breast-cancer-ljubljana-coded.csv?url";
import ionosphere from "../../../../bench/data/ionosphere.csv?url";
import encounterBox from "../../../../bench/relaxation/data/encounter-box.json?url";
import encounter from "../../../../bench/relaxation/data/encounter.nnet?url";
import surfaceBox from "../../../../bench/relaxation/data/surface-box.json?url";
import surface from "../../../../bench/relaxation/data/surface-tanh.onnx?url";
import { ballProblem, lyapunovProblem, transportProblem } from "./conic.ts";
import { generated, stored } from "./example.ts";
import type { Example } from "./example.ts";
import { maxCutProblem, petersenGraph, randomGraph, thetaProblem } from "./graphs.ts";
import { activationSamples, activationWeights, chessTable, curveTable } from "./tables.ts";

export type { Example, LoadedExample } from "./example.ts";

const solveExamples: readonly Example[] = [
  generated(
    { id: "petersen", task: "solve", title: "Lovász ϑ of the Petersen graph", note: "Semidefinite, order 10, 16 equations. The value is 4." },
    () => ({ problem: { name: "petersen.dat-s", text: thetaProblem(petersenGraph(), "Lovasz theta of the Petersen graph") } }),
  ),
  generated(
    { id: "theta", task: "solve", title: "Lovász ϑ of a random graph", note: "Semidefinite, order 100, 498 equations: the size of theta2 in SDPLIB." },
    () => ({ problem: { name: "theta-random-100.dat-s", text: thetaProblem(randomGraph(100, 497, 2), "Lovasz theta, 100 nodes, 497 edges") } }),
  ),
  generated(
    { id: "maxcut", task: "solve", title: "Maximum cut, 100 nodes", note: "Semidefinite, order 100, 100 equations. Bounds the cut from above." },
    () => ({ problem: { name: "maxcut-100.dat-s", text: maxCutProblem(randomGraph(100, 269, 3), "maximum cut, 100 nodes, 269 edges") } }),
  ),
  generated(
    { id: "lyapunov", task: "solve", title: "Lyapunov function of a stable system", note: "Two semidefinite blocks of order 8, from control." },
    () => ({ problem: { name: "lyapunov.dat-s", text: lyapunovProblem(4, 0, "Lyapunov inequality, stable chain") } }),
  ),
  generated(
    { id: "unstable", task: "solve", title: "The same for an unstable system", note: "Infeasible: a verified certificate comes out." },
    () => ({ problem: { name: "lyapunov-unstable.dat-s", text: lyapunovProblem(4, 4, "Lyapunov inequality, unstable chain") } }),
  ),
  generated(
    { id: "ball", task: "solve", title: "Smallest enclosing ball", note: "200 second-order cones, as a CBF file." },
    () => ({ problem: { name: "ball.cbf", text: ballProblem(200, 4) } }),
  ),
  generated(
    { id: "transport", task: "solve", title: "Transport plan", note: "A linear program, as an MPS file." },
    () => ({ problem: { name: "transport.mps", text: transportProblem() } }),
  ),
];

const minimizeExamples: readonly Example[] = [
  generated(
    { id: "camel", task: "minimize", title: "Six-hump camel", note: "Two variables, degree 6. Two global minimisers, value −1.0316." },
    () => ({}),
    { expression: "4*x^2 - 2.1*x^4 + x^6/3 + x*y - 4*y^2 + 4*y^4", certificate: true },
  ),
  generated(
    { id: "disk", task: "minimize", title: "Product on a disk", note: "A constraint; value −1/2 at two points." },
    () => ({}),
    { expression: "x*y", subjectTo: ["x^2 + y^2 <= 1"], certificate: true },
  ),
  generated(
    { id: "cut", task: "minimize", title: "Cut of a 5-cycle", note: "Binary variables as equations; value −4." },
    () => ({}),
    {
      expression: "(a*b + b*c + c*d + d*e + a*e - 5)/2",
      subjectTo: ["a^2 = 1", "b^2 = 1", "c^2 = 1", "d^2 = 1", "e^2 = 1"],
      certificate: true,
    },
  ),
];

/** Everything that can be tried, by task. The first one of a task is what it starts with. */
export const examples: readonly Example[] = [
  ...solveExamples,
  stored(
    { id: "ionosphere", task: "quantize", title: "Ionosphere", note: "351 radar returns, 34 features, good or bad. UCI, Sigillito et al. 1989, CC BY 4.0." },
    { data: { name: "ionosphere.csv", address: ionosphere } },
    { target: "class", scale: "none", beta: 10, neurons: [250, 2500], compare: [] },
  ),
  stored(
    { id: "breast-cancer", task: "quantize", title: "Breast cancer", note: "286 patients, 9 features, recurrence or none. UCI, Zwitter and Soklic 1988, CC BY 4.0." },
    { data: { name: "breast-cancer.csv", address: breastCancer } },
    { target: "class", missing: "mean", beta: 5, neurons: [250, 2500] },
  ),
  generated(
    { id: "chess", task: "quantize", title: "Chess board", note: "Two classes that no line separates; 200 made-up rows." },
    () => ({ data: { name: "chess.csv", text: chessTable(200, 5) } }),
    { target: "side", beta: 1, neurons: [50, 500], constant: true },
  ),
  ...minimizeExamples,
  stored(
    { id: "surface", task: "bound", title: "Smooth surface", note: "2-12-8-1 tanh network (ONNX): its least and largest value on a square." },
    { network: { name: "surface-tanh.onnx", address: surface }, box: { name: "surface-box.json", address: surfaceBox } },
  ),
  stored(
    { id: "encounter", task: "bound", title: "Encounter of two aircraft", note: "5-24-24-24-5 ReLU network (.nnet): is a clear path always cheapest here?" },
    { network: { name: "encounter.nnet", address: encounter }, box: { name: "encounter-box.json", address: encounterBox } },
    { objective: ["y0 - y1 >= 0", "max y0"], tighten: true },
  ),
  generated(
    { id: "curve", task: "sosx", title: "Bent curve", note: "40 made-up rows, one input; two neurons, 10 s of search." },
    () => ({ data: { name: "curve.csv", text: curveTable(40, 6) } }),
    { target: ["y"], neurons: 2, timeLimit: 10, compare: ["adam"] },
  ),
  stored(
    { id: "ionosphere-sosx", task: "sosx", title: "Ionosphere", note: "351 radar returns, 34 features; three neurons, 20 s of search." },
    { data: { name: "ionosphere.csv", address: ionosphere } },
    { target: ["class"], neurons: 3, timeLimit: 20, compare: ["adam"] },
  ),
  generated(
    { id: "activations", task: "activation", title: "Two hidden layers", note: "60 made-up samples of a network with quadratic activations." },
    () => ({
      data: { name: "samples.csv", text: activationSamples(60, 7) },
      weights: { name: "weights.json", text: activationWeights() },
    }),
    { degrees: [2, 2] },
  ),
];
