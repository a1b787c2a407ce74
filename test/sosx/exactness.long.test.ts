import { describe, expect, it } from "vitest";
import { trainByMip, trainBySearch } from "../../src/sosx/index.ts";
import { smallInstance } from "./instances.ts";

describe("search to the end", () => {
  it("equals HiGHS's MILP on 120 random instances, bounds and incumbents on their sides of the optimum", async () => {
    for (let seed = 1; seed <= 120; seed++) {
      const problem = smallInstance(seed);
      const mip = await trainByMip(problem, { gap: 1e-7 });
      const found = await trainBySearch(problem, { engine: "highs", gapTolerance: 1e-6, timeLimit: 120 });
      expect(found.status).toBe("optimal");
      expect(Math.abs(found.best.pwl.mae - mip.objective), `seed ${seed}`).toBeLessThan(2e-6);
      found.log.forEach(({ lowerBound, incumbent }, k) => {
        expect(lowerBound).toBeLessThanOrEqual(mip.objective + 1e-6);
        expect(incumbent).toBeGreaterThanOrEqual(mip.objective - 1e-6);
        if (k === 0) return;
        expect(lowerBound).toBeGreaterThanOrEqual(found.log[k - 1].lowerBound);
        expect(incumbent).toBeLessThanOrEqual(found.log[k - 1].incumbent);
      });
    }
  });
});
