import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { minimizePolynomial, problemFromJson } from "../../src/moment/index.ts";

interface Entry {
  readonly name: string;
  readonly f_opt: number;
  readonly minimizers: readonly (readonly number[])[];
  readonly moment_relaxations: readonly {
    readonly order: number;
    readonly bound: number | null;
    readonly uncertainty?: number;
    readonly tight?: boolean;
  }[];
}

/** Not part of the repository: skipped where the file is not there. */
const file = new URL("../../../shared/data/pop.json", import.meta.url);
const entries = existsSync(file)
  ? (JSON.parse(readFileSync(file, "utf8")) as { problems: Entry[] }).problems
  : [];
/** Seconds each: left to `bench/moment/pop.ts`. */
const slow = new Set(["ex5_2_2_case1", "motzkin_form_ball"]);
const cases = entries
  .filter(({ name }) => !slow.has(name))
  .flatMap((entry) =>
    entry.moment_relaxations.map((relaxation) => ({
      entry,
      relaxation,
      name: entry.name,
      order: relaxation.order,
    })),
  );

describe.skipIf(cases.length === 0)(
  "polynomial problems with known optima (pop.json; skipped where it is missing)",
  () => {
    it.each(cases)("$name at order $order", async ({ entry, relaxation }) => {
      const { order, bound, uncertainty = 0, tight } = relaxation;
      const result = await minimizePolynomial(problemFromJson(entry), { order });
      if (bound === null) {
        expect(result.status).toBe("unbounded");
        return;
      }
      expect(Math.abs(result.relaxationValue - bound)).toBeLessThanOrEqual(
        1e-5 * Math.max(1, Math.abs(bound)) + uncertainty,
      );
      const certified = result.certifiedLowerBound.value;
      if (certified !== undefined)
        expect(certified).toBeLessThanOrEqual(entry.f_opt + 1e-9 + 1e-9 * Math.abs(entry.f_opt));
      if (!tight) return;
      expect(result.minimizers.length).toBeGreaterThan(0);
      const found = entry.minimizers.some((m) =>
        result.minimizers.some((x) =>
          m.every((v, k) => Math.abs(v - x[k]) <= 1e-5 * Math.max(1, Math.abs(v))),
        ),
      );
      expect(found).toBe(true);
    });
  },
);
