// Max-cut: colour the nodes of a graph with two colours so that as many edges as possible join different colours.
// Goemans and Williamson (1995): the semidefinite program
//   minimize Σ yᵢ  subject to  Diag(y) − L/4 ⪰ 0       (L: the graph's Laplacian)
// bounds every cut from above, and its dual solution X tells how to cut.
import { matrixToSvec, solve, sparseFromTriplets, svecIndex, svecLength, svecToMatrix } from "spectrahedron";

const nodes = 40;
const edges = [];
for (let i = 0; i < nodes; i++) {
  // A ring with chords.
  for (const step of [1, 6, 8]) edges.push([i, (i + step) % nodes]);
}

const laplacian = new Float64Array(nodes * nodes);
for (const [i, j] of edges) {
  laplacian[i * nodes + i] += 1;
  laplacian[j * nodes + j] += 1;
  laplacian[i * nodes + j] -= 1;
  laplacian[j * nodes + i] -= 1;
}

// The form of the package: s = b − Ay in the cone, here s = svec(Diag(y) − L/4).
const rows = svecLength(nodes);
const diagonal = Array.from({ length: nodes }, (_, i) => svecIndex(nodes, i, i));
const b = new Float64Array(rows);
matrixToSvec(laplacian.map((entry) => -entry / 4), nodes, b, 0);
const problem = {
  c: new Float64Array(nodes).fill(1),
  A: {
    kind: "sparse",
    rows,
    cols: nodes,
    matrix: sparseFromTriplets(rows, nodes, diagonal, diagonal.map((_, i) => i), diagonal.map(() => -1)),
  },
  b,
  cones: [{ kind: "psd", order: nodes }],
};

const result = await solve(problem, { eps: 1e-7 });
const bound = result.measures.primalObjective;

// X = result.y has ones on its diagonal. Signs of a Gaussian vector with covariance X: a random cut.
const X = new Float64Array(nodes * nodes);
svecToMatrix(result.y, 0, nodes, X);
const factor = choleskyOf(X, nodes);
const random = generator(1);
let best = 0;
for (let draw = 0; draw < 200; draw++) {
  const g = Array.from({ length: nodes }, () => gaussian(random));
  const side = Array.from({ length: nodes }, (_, i) => {
    let value = 0;
    for (let k = 0; k <= i; k++) value += factor[i * nodes + k] * g[k];
    return value >= 0;
  });
  best = Math.max(best, edges.filter(([i, j]) => side[i] !== side[j]).length);
}
console.log(`${result.status}: no cut of the ${edges.length} edges has more than ${bound.toFixed(4)}; found one with ${best}`);

function choleskyOf(matrix, n) {
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j] + (i === j ? 1e-9 : 0);
      for (let k = 0; k < j; k++) sum -= L[i * n + k] * L[j * n + k];
      L[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 0)) : L[j * n + j] > 0 ? sum / L[j * n + j] : 0;
    }
  }
  return L;
}

/** Uniform numbers in (0, 1), the same ones at every run. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

function gaussian(random) {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}
