/** Body of the thread that runs HiGHS, bundled into generated/highs-worker.ts by scripts/build-wasm.ts. Node only. */
import { nodePort } from "../../node-worker.ts";
import { loadHighsFrom, solveWithHighs } from "../highs.ts";
import type { ApartReply, ApartStart, ApartTask } from "./protocol.ts";

async function solve({ id, program, limits, options }: ApartTask): Promise<ApartReply> {
  try {
    return { id, answer: await solveWithHighs(program, limits, options) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

const port = nodePort();
port?.on("message", (message: ApartStart | ApartTask) => {
  if ("highs" in message) loadHighsFrom(message.highs);
  else void solve(message).then((reply) => port.postMessage(reply));
});
