// The Lovász number of the 5-cycle is √5: maximize ⟨J, X⟩ subject to tr X = 1, X_ij = 0 on edges, X ⪰ 0.
// Its dual, minimize t subject to tI + Σ z_ij E_ij − J ⪰ 0, is in the form that solve() takes.
import { ConicSolver, matrixToSvec, sparseFromTriplets, svecIndex, svecLength } from "spectrahedron";
import type { ConicProblem, IterationInfo, Result } from "spectrahedron";
import { NeuronEnvelope, activationByName } from "spectrahedron/relaxation";
import { trainQuantized } from "spectrahedron/quantized";
import type { QuantizedModel } from "spectrahedron/quantized";
import { evaluatePiecewise, makePiecewiseLinear } from "spectrahedron/sosx";
import { readProblemFile } from "spectrahedron/node";
import { PolynomialRing, minimizePolynomial } from "spectrahedron/moment";

function lovasz(order: number, edges: readonly (readonly [number, number])[]): ConicProblem {
  const rows = svecLength(order);
  const row: number[] = [];
  const col: number[] = [];
  const value: number[] = [];
  const enter = (i: number, j: number, variable: number): void => {
    row.push(svecIndex(order, i, j));
    col.push(variable);
    value.push(i === j ? -1 : -Math.SQRT2);
  };
  for (let i = 0; i < order; i++) enter(i, i, 0);
  edges.forEach(([i, j], e) => enter(i, j, e + 1));
  const b = new Float64Array(rows);
  matrixToSvec(new Float64Array(order * order).fill(-1), order, b, 0);
  const cols = 1 + edges.length;
  return {
    c: Float64Array.from({ length: cols }, (_, k) => (k === 0 ? 1 : 0)),
    A: { kind: "sparse", rows, cols, matrix: sparseFromTriplets(rows, cols, row, col, value) },
    b,
    cones: [{ kind: "psd", order }],
  };
}

const cycle = lovasz(5, [[0, 1], [1, 2], [2, 3], [3, 4], [4, 0]]);
const solver = new ConicSolver(cycle, {
  timeLimit: 10,
  onIteration: ({ phase, iteration, gap }: IterationInfo) => {
    if (iteration % 100 === 0) console.error(phase, iteration, gap.toExponential(1));
  },
});
const rough: Result = await solver.solve({ eps: 1e-3 });
const exact: Result = await solver.solve({ eps: 1e-8, warmStart: rough });
console.log(`Lovász number of the 5-cycle: ${exact.measures.primalObjective.toFixed(6)} (√5 = ${Math.sqrt(5).toFixed(6)})`);
solver.dispose();

const ring = new PolynomialRing(["x"]);
const { upperBound } = await minimizePolynomial({ variables: ring.names, objective: ring.parse("x^4 - x") });
console.log(`minimum of x⁴ − x: ${upperBound?.toFixed(6)}`);

const envelope = new NeuronEnvelope(
  { weights: Float64Array.of(3, -2), bias: -0.5, activation: activationByName("sigmoid") },
  { lower: Float64Array.of(-1, -1), upper: Float64Array.of(1, 1) },
);
console.log(`concave envelope at (0.2, 0.5): ${envelope.upper([0.2, 0.5]).toFixed(6)}`);

const features = Float64Array.of(1, 1, -1, -1, 1, -1, 1, -1);
const model: QuantizedModel = await trainQuantized(
  { samples: { count: 4, features: 2, values: features }, targets: [Float64Array.of(1, -1, -1, 1)] },
  { beta: 0.1 },
);
console.log(`quantized: no network has an objective below ${model.lowerBound.toFixed(6)}`);

const hat = makePiecewiseLinear(Float64Array.of(-1, 0, 1), Float64Array.of(0, 1, 0));
console.log(`hat(0.25) = ${evaluatePiecewise(hat, 0.25)}`);
console.log(typeof readProblemFile);
