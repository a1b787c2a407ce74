import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { readProblemFile } from "../../../../src/formats/node-files.ts";
import { hasNodeAdapter } from "../node-adapter.ts";
import { runOn, SharedSessions } from "../sessions.ts";

const available = await hasNodeAdapter();
const shared = fileURLToPath(new URL("../../../../../shared/data/sdplib/", import.meta.url));
const hasData = existsSync(shared);
if (!hasData) console.warn("SKIPPED: SDPLIB refined on a device; ../shared/data/sdplib is not there");

const sessions = new SharedSessions();
afterAll(() => sessions.dispose());

describe.skipIf(!available || !hasData)("SDPLIB refined, by either way", () => {
  for (const name of ["theta1", "theta2", "mcp100", "qap5", "truss1", "truss4"]) {
    it.each(["device", "cpu"] as const)(`${name} to 1e-8 on the %s`, async (refinement) => {
      const problem = await readProblemFile(`${shared}${name}.dat-s`);
      const settings = { backend: "webgpu", precision: "refined", eps: 1e-8, refinement } as const;
      const { status, measures, iterations, notes, seconds } = await runOn(sessions, problem, settings);
      const worst = Math.max(...measures.dimacs.map(Math.abs));
      console.log(`${name}, ${refinement}: ${worst.toExponential(1)}, ${iterations}, ${seconds.total.toFixed(1)} s`);
      expect(status).toBe("solved");
      expect(worst).toBeLessThanOrEqual(1e-8);
      expect(notes.join().includes("refined on the device")).toBe(refinement === "device");
    });
  }
});
