import { solve } from "../../../src/solver/solve.ts";
import { hasNodeAdapter } from "./node-adapter.ts";
import { thetaOfCycle } from "./solve-problems.ts";

// Run by solve-faults.test.ts: nothing here ends the process.
await hasNodeAdapter();
const { status, backend } = await solve(thetaOfCycle(5), { backend: "webgpu", precision: "f32", eps: 1e-4 });
console.log(`${status} on ${backend}`);
