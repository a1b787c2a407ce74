// One solve. "stop" ends it with the point reached so far.
import { parentPort, workerData } from "node:worker_threads";
import { jsonSummary, readProblem, solve, SpectrahedronError } from "spectrahedron";

const stop = new AbortController();
parentPort.on("message", () => stop.abort());

const { bytes, format, eps, timeLimit } = workerData;
try {
  const problem = await readProblem(bytes, { format, name: "request body" });
  const result = await solve(problem, { eps, timeLimit, signal: stop.signal });
  parentPort.postMessage({ result: jsonSummary(problem, result) });
} catch (error) {
  // Faults of the problem are the client's to mend; others end the thread and show as an internal error.
  if (!(error instanceof SpectrahedronError)) throw error;
  parentPort.postMessage({ error: error.message });
}
parentPort.close();
