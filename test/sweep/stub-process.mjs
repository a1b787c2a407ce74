// A process of a pool that follows the protocol of src/sweep/local/messages.ts and does what the job's expression says.
process.on("disconnect", () => process.exit(0));
process.on("message", ({ job, local }) => {
  const word = job.parameters.expression;
  if (word === "exit") process.exit(3);
  if (word === "abort") process.abort();
  if (word === "hang") return;
  if (word === "throw") {
    process.send({ kind: "failed", failure: { reason: "error", message: "thrown", seconds: 0 } });
    return;
  }
  const outcome = { status: "done", reached: true, record: { local, pid: process.pid }, seconds: 0, peakMemory: null, files: [] };
  process.send({ kind: "done", outcome });
});
process.send({ kind: "ready" });
