/** Body of a kernel thread, bundled into generated/kernel-worker.ts by scripts/build-wasm.ts. */
import { nodePort } from "../../../node-worker.ts";
import { instantiate } from "../wasm/module.ts";
import { GENERATION, takeParts } from "./protocol.ts";
import type { ThreadStart } from "./protocol.ts";
import { runPart } from "./run-part.ts";

/** Looks for more work before going to sleep: a few hundred µs, longer than the gaps inside one decomposition. */
const SPINS = 30_000;

type Post = (message: "ready") => void;

async function run({ module, memory, control, factor, scratch }: ThreadStart, post: Post): Promise<never> {
  const wasm = await instantiate(module, memory);
  wasm.setGemmScratch(scratch);
  const slots = new Int32Array(control);
  const factors = new Float64Array(factor);
  post("ready");
  for (;;) {
    const generation = Atomics.load(slots, GENERATION);
    takeParts(slots, (part) => runPart(wasm, slots, factors, part));
    let spin = 0;
    while (spin < SPINS && Atomics.load(slots, GENERATION) === generation) spin++;
    if (spin === SPINS) Atomics.wait(slots, GENERATION, generation);
  }
}

const port = nodePort();
if (port !== undefined) {
  port.once("message", (start: ThreadStart) => void run(start, (message) => port.postMessage(message)));
} else {
  const listen = (event: MessageEvent<ThreadStart>): void => void run(event.data, (message) => postMessage(message));
  addEventListener("message", listen, { once: true });
}
