import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderVegaLite } from "../../src/report/figure.ts";
import { progressLine, SweepProgress } from "../../src/sweep/progress.ts";
import { fieldOf } from "../../src/sweep/results.ts";
import type { ResultLine } from "../../src/sweep/results.ts";
import { formatBytes } from "../../src/sweep/size.ts";
import { quartiles, Summarizer, summaryTable } from "../../src/sweep/summary.ts";
import { summaryFigures } from "../../src/sweep/summary-figure.ts";

function line(cell: ResultLine["cell"], value: number | null, more: Partial<ResultLine> = {}): ResultLine {
  return {
    ...{ job: "j", index: 0, task: "solve", cell, seed: null, repeat: 1, parameters: {}, inputs: {}, generate: null },
    status: value === null ? null : "solved",
    reached: value !== null,
    record: value === null ? null : { value, parts: [{ a: 1 }, { a: 2 }], flag: true, text: "x" },
    assessment: { error: 0.5 },
    ...{ seconds: 2, peakMemory: 10, attempts: 1, failures: [], files: [] },
    ...more,
  };
}

describe("summaries", () => {
  it("finds numbers by path", () => {
    const one = line({}, 7);
    const found = ["value", "parts.0.a", "parts.-1.a", "flag", "assessment.error", "job.seconds"].map((path) => fieldOf(one, path));
    expect(found).toEqual([7, 1, 2, 1, 0.5, 2]);
    for (const path of ["text", "parts.2.a", "nothing.at.all", "parts"]) expect(fieldOf(one, path)).toBeUndefined();
    expect(fieldOf(line({}, null), "value")).toBeUndefined();
  });

  it("has quartiles that split the values", () => {
    expect(quartiles([])).toBeNull();
    expect(quartiles([3, 1, 2, 4])).toEqual({ count: 4, lower: 1.75, median: 2.5, upper: 3.25 });
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 50 }), (values) => {
        const { lower, median, upper } = quartiles(values) ?? expect.fail("there are values");
        const below = (limit: number): number => values.filter((value) => value <= limit).length;
        expect(lower).toBeLessThanOrEqual(median);
        expect(median).toBeLessThanOrEqual(upper);
        for (const [limit, share] of [[lower, 0.25], [median, 0.5], [upper, 0.75]]) {
          expect(below(limit)).toBeGreaterThanOrEqual(Math.floor(share * (values.length - 1)));
          expect(values.length - below(limit)).toBeLessThanOrEqual(Math.ceil((1 - share) * (values.length - 1)));
        }
      }),
      { seed: 4 },
    );
  });

  it("groups by cell, in the order of the plan", () => {
    const all = new Summarizer("solve", ["eps", "method"], ["value"]);
    for (const [eps, method, value] of [[1, "a", 1], [1, "a", 3], [1, "b", 5], [2, "a", null]] as const) all.add(line({ eps, method }, value));
    const summary = all.summary();
    expect(summary.cells.map(({ cell, jobs, reached, failed }) => [cell["eps"], cell["method"], jobs, reached, failed])).toEqual([
      [1, "a", 2, 2, 0],
      [1, "b", 1, 1, 0],
      [2, "a", 1, 0, 1],
    ]);
    expect(summary.cells[0].fields["value"]).toEqual({ count: 2, lower: 1.5, median: 2, upper: 2.5 });
    expect(summaryTable(summary)).toMatch(/eps +method +jobs +reached +failed +value\n-+\n +1 +a +2 +2 +0 +2 \[1\.5, 2\.5\]\n/);
    const by = new Summarizer("solve", ["eps", "method"], ["value"], ["method"]);
    for (const eps of [1, 2]) by.add(line({ eps, method: "a" }, eps));
    expect(by.summary().cells).toHaveLength(1);
  });

  it("draws fields against numbers, else by cell", async () => {
    const grid = new Summarizer("solve", ["eps", "method"], ["value"]);
    for (const eps of [1e-6, 1e-3]) for (const method of ["a", "b"]) grid.add(line({ eps, method }, eps));
    const [figure] = summaryFigures(grid.summary(), "title", undefined);
    expect(figure.name).toBe("value");
    expect(JSON.stringify(figure.spec)).toContain('"type":"log"');
    expect(await renderVegaLite(figure.spec)).toContain("method a");
    const names = new Summarizer("solve", ["problem"], ["parts.-1.a"]);
    for (const problem of ["p", "q"]) names.add(line({ problem }, 1));
    const [bars] = summaryFigures(names.summary(), "title", undefined);
    expect(bars.name).toBe("parts-1-a");
    expect(await renderVegaLite(bars.spec)).toContain("problem");
    const asked = summaryFigures(grid.summary(), "title", [{ x: "eps", y: "value", xScale: "log", yScale: "log" }]);
    expect(asked.map(({ name }) => name)).toEqual(["figure1"]);
    expect(await renderVegaLite(asked[0].spec)).toContain("<svg");
  });
});

describe("progress", () => {
  it("estimates the time left from the durations so far", () => {
    const progress = new SweepProgress(10, 2, 1, 2);
    expect(progress.state()).toMatchObject({ total: 10, done: 2, failed: 1, running: 0, left: undefined });
    progress.started("a");
    progress.started("b");
    progress.gaveNothing("b", false);
    progress.finished("a");
    const { left, ...rest } = progress.state();
    expect(rest).toMatchObject({ done: 3, failed: 1, running: 0, retried: 1 });
    expect(left).toBeGreaterThanOrEqual(0);
    expect(progressLine({ ...progress.state(), seconds: 12, left: 25 })).toBe("3/10 done, 1 failed, 1 repeated, 12.0 s, 25.0 s left");
  });

  it("prints sizes", () => {
    expect([0, 1023, 1536, 2 * 1024 ** 3].map(formatBytes)).toEqual(["0 B", "1023 B", "1.5 KiB", "2 GiB"]);
  });
});
