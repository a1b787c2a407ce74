// A semidefinite program solved in a Web Worker: the page stays free, shows progress and can stop the solve.
import { matrixToSvec, sparseFromTriplets, svecIndex, svecLength } from "spectrahedron";
import { WebSolver } from "spectrahedron/web";

const $ = (id) => document.getElementById(id);

/** Max-cut relaxation of a ring with chords: minimize Σ y subject to Diag(y) − L/4 ⪰ 0. */
function maxCut(nodes) {
  const laplacian = new Float64Array(nodes * nodes);
  for (let i = 0; i < nodes; i++) {
    for (const step of [1, 6, 8]) {
      const j = (i + step) % nodes;
      laplacian[i * nodes + i] += 1;
      laplacian[j * nodes + j] += 1;
      laplacian[i * nodes + j] -= 1;
      laplacian[j * nodes + i] -= 1;
    }
  }
  const rows = svecLength(nodes);
  const diagonal = Array.from({ length: nodes }, (_, i) => svecIndex(nodes, i, i));
  const b = new Float64Array(rows);
  matrixToSvec(laplacian.map((entry) => -entry / 4), nodes, b, 0);
  const matrix = sparseFromTriplets(rows, nodes, diagonal, diagonal.map((_, i) => i), diagonal.map(() => -1));
  return {
    c: new Float64Array(nodes).fill(1),
    A: { kind: "sparse", rows, cols: nodes, matrix },
    b,
    cones: [{ kind: "psd", order: nodes }],
  };
}

const solver = await WebSolver.start();
$("where").textContent = solver.capabilities.explanation;
$("solve").disabled = false;

$("solve").addEventListener("click", async () => {
  const stop = new AbortController();
  const onStop = () => stop.abort();
  $("stop").addEventListener("click", onStop);
  $("solve").disabled = true;
  $("stop").disabled = false;
  try {
    const result = await solver.solve(maxCut(60), {
      eps: 1e-6,
      signal: stop.signal,
      onIteration: ({ iteration, gap }) => ($("progress").textContent = `iteration ${iteration}, gap ${gap.toExponential(1)}`),
    });
    $("answer").textContent = `${result.status}: ${result.measures.primalObjective.toFixed(5)}`;
  } catch (error) {
    $("answer").textContent = error.message;
  } finally {
    $("stop").removeEventListener("click", onStop);
    $("solve").disabled = false;
    $("stop").disabled = true;
  }
});
