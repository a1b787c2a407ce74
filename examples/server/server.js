// An HTTP server that solves conic problems:
//   curl --data-binary @theta1.dat-s "http://127.0.0.1:8080/solve?format=sdpa&eps=1e-5"
// Every solve runs in a worker thread, so that the server stays responsive; no more of them at once than there are
// cores, a bounded queue behind them. When a client goes away its solve is stopped.
import { once } from "node:events";
import { createServer } from "node:http";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

const MAX_BODY = 64 * 2 ** 20;
const MAX_SECONDS = 60;
const MAX_WAITING = 32;
const FORMATS = ["sdpa", "cbf", "mps", "json"];

let running = 0;
const waiting = [];

const server = createServer((request, response) => {
  handle(request, response).catch((error) => send(response, error.status ?? 500, { error: error.message }));
});

async function handle(request, response) {
  const url = new URL(request.url, "http://localhost");
  if (url.pathname === "/health") return send(response, 200, { running, waiting: waiting.length });
  if (url.pathname !== "/solve") throw fault(404, "POST a problem to /solve?format=sdpa");
  if (request.method !== "POST") throw fault(405, "use POST");
  const format = url.searchParams.get("format") ?? "sdpa";
  if (!FORMATS.includes(format)) throw fault(400, `format must be one of ${FORMATS.join(", ")}`);
  const eps = Number(url.searchParams.get("eps") ?? 1e-6);
  if (!(eps >= 1e-12 && eps <= 1)) throw fault(400, "eps must lie between 1e-12 and 1");

  const bytes = await read(request);
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  await turn(gone.signal);
  try {
    send(response, 200, await solveInThread({ bytes, format, eps, timeLimit: MAX_SECONDS }, gone.signal));
  } finally {
    running--;
    waiting.shift()?.();
  }
}

/** Waits until a core is free. */
async function turn(signal) {
  while (running >= availableParallelism()) {
    if (waiting.length >= MAX_WAITING) throw fault(503, "too many solves are waiting; try again later");
    await new Promise((resolve) => waiting.push(resolve));
  }
  running++;
  if (!signal.aborted) return;
  running--;
  waiting.shift()?.();
  throw fault(499, "the client has gone");
}

function solveInThread(job, signal) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("worker.js", import.meta.url), { workerData: job });
    signal.addEventListener("abort", () => worker.postMessage("stop"), { once: true });
    worker.once("message", (answer) => (answer.error ? reject(fault(400, answer.error)) : resolve(answer.result)));
    worker.once("error", (error) => reject(fault(500, error.message)));
    worker.once("exit", () => reject(fault(500, "the solve ended without an answer")));
  });
}

async function read(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > MAX_BODY) throw fault(413, `problems of at most ${MAX_BODY} bytes, please`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function fault(status, message) {
  return Object.assign(new Error(message), { status });
}

function send(response, status, body) {
  if (response.destroyed) return;
  response.writeHead(status, { "Content-Type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}

server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1");
await once(server, "listening");
console.log(`listening on http://127.0.0.1:${server.address().port}`);
process.once("SIGTERM", () => server.close());
