import { describe, expect, it } from "vitest";
import { CsvLog } from "../../src/report/csv-log.ts";
import { iterationHeader, IterationTable } from "../../src/report/iteration-table.ts";
import { jsonSummary } from "../../src/report/json-summary.ts";
import { ProgressLine, progressText } from "../../src/report/progress-line.ts";
import { resultSummary } from "../../src/report/result-summary.ts";
import type { Status } from "../../src/solver/result.ts";
import type { IterationInfo } from "../../src/solver/settings.ts";
import { resultWith } from "./results.ts";

const minimisation = {};
const maximisation = { objective: { sign: -1, offset: 2 } } as const;

function info(iteration: number, seconds: number, changes: Partial<IterationInfo> = {}): IterationInfo {
  return {
    phase: "splitting",
    iteration,
    primalResidual: 1.5e-3,
    dualResidual: 2.5e-4,
    gap: 3.5e-2,
    primalObjective: 10,
    dualObjective: 9,
    penalty: 1,
    seconds,
    ...changes,
  };
}

const STATUSES: Status[] = [
  "solved",
  "solvedInaccurate",
  "primalInfeasible",
  "primalInfeasibleInaccurate",
  "dualInfeasible",
  "dualInfeasibleInaccurate",
  "interrupted",
  "timeLimit",
  "iterationLimit",
  "numericalFailure",
];

describe("JSON summary", () => {
  it("has the documented keys", () => {
    const summary = jsonSummary(minimisation, resultWith("solved", { lowerBound: 22.5 }));
    expect(summary).toMatchObject({
      status: "solved",
      iterations: 225,
      primalObjective: 23.00001,
      dualObjective: 22.99999,
      lowerBound: 22.5,
      dimacs: [1e-7, 0, 2e-7, 0, 3e-7, 4e-7],
      seconds: { total: 0.84, setup: 0.02, linearSolve: 0.11, projection: 0.5, acceleration: 0 },
      backend: "cpu",
      adapter: "wasm-simd",
      precision: "f64",
    });
    expect(summary.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("states objectives as the source does", () => {
    const summary = jsonSummary(maximisation, resultWith("solved", { lowerBound: 22.5 }));
    expect(summary.primalObjective).toBeCloseTo(-21.00001, 10);
    expect(summary.dualObjective).toBeCloseTo(-20.99999, 10);
    expect(summary.lowerBound).toBe(-20.5);
  });

  it("survives JSON when numbers are not finite, and gives no objective to an infeasible problem", () => {
    const base = resultWith("primalInfeasible", {
      certificate: { kind: "primalInfeasible", y: new Float64Array(3), residual: 1e-9 },
    });
    const result = { ...base, measures: { ...base.measures, primalResidual: Infinity, dualityGap: NaN } };
    const summary: unknown = JSON.parse(JSON.stringify(jsonSummary(minimisation, result)));
    expect(summary).toMatchObject({
      primalObjective: null,
      dualObjective: null,
      lowerBound: null,
      residuals: { primal: null, gap: null },
      certificate: { kind: "primalInfeasible", residual: 1e-9 },
    });
  });
});

describe("summary for people", () => {
  it.each(STATUSES)("fits 80 columns: %s", (status) => {
    const text = resultSummary(
      maximisation,
      resultWith(status, {
        lowerBound: -1234567.891234,
        certificate: { kind: "dualInfeasible", x: new Float64Array(2), s: new Float64Array(3), residual: 1e-9 },
      }),
    );
    for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(text).not.toMatch(/undefined|NaN/);
  });

  it("tells objective, phases and bound", () => {
    const text = resultSummary(minimisation, resultWith("solved", { lowerBound: 22.5 }));
    expect(text).toContain("Solved (840 ms).");
    expect(text).toContain("23.00001");
    expect(text).toContain("optimum ≥ 22.5");
    expect(text).toContain("handed over to the interior phase");
    expect(text).toContain("225 splitting iterations and 7 interior-point iterations");
    expect(text).not.toContain("acceleration");
  });

  it("turns a bound around where the source maximises, and hides the objective of an infeasible problem", () => {
    const text = resultSummary(maximisation, resultWith("solved", { lowerBound: 22.5, upperBound: 23.5 }));
    expect(text).toContain("optimum ≤ -20.5");
    expect(text).toContain("optimum ≥ -21.5");
    expect(resultSummary(minimisation, resultWith("dualInfeasible"))).not.toContain("23.0");
  });
});

describe("iteration table", () => {
  it("prints the first, the last, every phase's first, and one line a second", () => {
    let text = "";
    const table = new IterationTable(minimisation, (part) => (text += part));
    for (let k = 1; k <= 100; k++) table.add(info(k, k / 32));
    table.add(info(1, 3.2, { phase: "interior" }));
    table.add(info(2, 3.3, { phase: "interior" }));
    table.finish();
    const lines = text.trimEnd().split("\n");
    expect(lines.slice(0, 2).join("\n")).toBe(iterationHeader());
    expect(lines.slice(2).map((line) => line.trim().split(/\s+/)[0])).toEqual(["1", "33", "65", "97", "100", "1i", "2i"]);
    for (const line of lines) expect(line.length).toBe(lines[0].length);
    expect(lines[0].length).toBeLessThanOrEqual(79);
  });

  it("prints nothing without iterations", () => {
    let text = "";
    new IterationTable(minimisation, (part) => (text += part)).finish();
    expect(text).toBe("");
  });
});

describe("progress line", () => {
  it("stays within a terminal's width", () => {
    const wide = info(1e9, 123456, { primalObjective: -1.23456e-300, gap: NaN, primalResidual: Infinity });
    expect(progressText(wide, minimisation).length).toBeLessThanOrEqual(79);
  });

  it("rewrites at most ten times a second and leaves a clean line", () => {
    const writes: string[] = [];
    const line = new ProgressLine(minimisation, (text) => writes.push(text));
    for (let k = 1; k <= 100; k++) line.add(info(k, k * 0.01));
    line.finish();
    expect(writes.length).toBeLessThanOrEqual(12);
    expect(writes[0]).toMatch(/^\rsplitting 1 /);
    expect(writes.at(-1)).toBe("\r\x1b[K");
  });
});

describe("CSV log", () => {
  it("has one row per report, in the source's convention", () => {
    const log = new CsvLog(maximisation);
    log.add(info(25, 0.5));
    log.add(info(50, 1, { gap: Infinity }));
    expect(log.toString()).toBe(
      "phase,iteration,primalResidual,dualResidual,gap,primalObjective,dualObjective,penalty,seconds\n" +
        "splitting,25,0.0015,0.00025,0.035,-8,-7,1,0.5\n" +
        "splitting,50,0.0015,0.00025,,-8,-7,1,1\n",
    );
  });
});
