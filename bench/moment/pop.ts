import { readFileSync } from "node:fs";
import { minimizePolynomial, problemFromJson } from "../../src/moment/index.ts";
import { renderTable } from "../../src/report/table.ts";
import { writeResults } from "../reproduce/moment/lib/results.ts";

interface Entry {
  readonly name: string;
  readonly f_opt: number;
  readonly f_opt_exact: boolean;
  readonly minimizers: readonly (readonly number[])[];
  readonly moment_relaxations: readonly {
    readonly order: number;
    readonly bound: number | null;
    readonly uncertainty?: number;
    readonly tight?: boolean;
  }[];
}

/** Every relaxation listed in a file of the form of pop.json, against its bound, optimum and minimisers. */
const file = process.argv[2];
if (file === undefined) throw new Error("usage: npx tsx bench/moment/pop.ts POP.json [NAME]");
const { problems } = JSON.parse(readFileSync(file, "utf8")) as { readonly problems: readonly Entry[] };
const lines: Line[] = [];

interface Line {
  readonly name: string;
  readonly order: number;
  readonly status: string;
  readonly value: number | null;
  readonly reference: number | null;
  /** |value − reference| beyond the reference's own uncertainty, over max(1, |reference|). */
  readonly deviation: number | null;
  readonly tight: boolean;
  readonly certified: number | null;
  /** Certified bound minus optimum: must not be positive. */
  readonly certifiedAboveOptimum: number | null;
  readonly flat: boolean;
  readonly ranks: string;
  readonly listedFound: number;
  readonly listed: number;
  readonly minimizers: number;
  readonly upperBound: number | null;
  readonly seconds: number;
}

for (const entry of problems) {
  if (process.argv[3] !== undefined && entry.name !== process.argv[3]) continue;
  for (const { order, bound, uncertainty = 0, tight = false } of entry.moment_relaxations) {
    const result = await minimizePolynomial(problemFromJson(entry), { order });
    const value = result.relaxationValue;
    const certified = result.certifiedLowerBound.value ?? null;
    const near = (m: readonly number[]): boolean =>
      result.minimizers.some((x) => m.every((v, k) => Math.abs(v - x[k]) <= 1e-5 * Math.max(1, Math.abs(v))));
    lines.push({
      name: entry.name,
      order,
      status: result.status,
      value: Number.isFinite(value) ? value : null,
      reference: bound,
      deviation:
        bound === null
          ? null
          : Math.max(0, Math.abs(value - bound) - uncertainty) / Math.max(1, Math.abs(bound)),
      tight,
      certified,
      certifiedAboveOptimum: certified === null ? null : certified - entry.f_opt,
      flat: result.flat,
      ranks: result.ranks.join(" "),
      listedFound: entry.minimizers.filter(near).length,
      listed: entry.minimizers.length,
      minimizers: result.minimizers.length,
      upperBound: result.upperBound ?? null,
      seconds: result.seconds,
    });
  }
}

const number = (value: number | null, digits = 8): string =>
  value === null ? "-" : value.toPrecision(digits);
console.log(
  renderTable<Line>(
    [
      { title: "problem", cell: (l) => l.name, align: "left" },
      { title: "k", cell: (l) => String(l.order) },
      { title: "status", cell: (l) => l.status },
      { title: "bound", cell: (l) => number(l.value) },
      { title: "deviation", cell: (l) => (l.deviation === null ? "-" : l.deviation.toExponential(1)) },
      {
        title: "certified - f*",
        cell: (l) => (l.certifiedAboveOptimum === null ? "-" : l.certifiedAboveOptimum.toExponential(1)),
      },
      { title: "tight", cell: (l) => (l.tight ? "yes" : "") },
      { title: "flat", cell: (l) => (l.flat ? "yes" : "") },
      { title: "ranks", cell: (l) => l.ranks },
      { title: "listed minimisers", cell: (l) => `${l.listedFound}/${l.listed}` },
      { title: "s", cell: (l) => l.seconds.toFixed(2) },
    ],
    lines,
  ),
);
const listed = lines.filter(({ reference }) => reference !== null);
const summary = {
  relaxations: lines.length,
  boundsWithin1e5: `${listed.filter(({ deviation }) => deviation !== null && deviation <= 1e-5).length} of ${listed.length}`,
  unboundedReported: `${lines.filter((l) => l.reference === null && l.status === "unbounded").length} of ${lines.length - listed.length}`,
  tightWithMinimizers: `${lines.filter((l) => l.tight && l.minimizers > 0).length} of ${lines.filter((l) => l.tight).length}`,
  certifiedBounds: lines.filter(({ certified }) => certified !== null).length,
  // Optima that are not exact are known to about 8 digits.
  certifiedAboveOptimum: lines.filter((l) => (l.certifiedAboveOptimum ?? -1) > 1e-9).length,
  seconds: lines.reduce((sum, l) => sum + l.seconds, 0),
};
console.log(summary);
if (process.argv[3] === undefined) {
  console.log(
    `written to ${writeResults("moment-pop", "npx tsx bench/moment/pop.ts POP.json", { summary, lines })}`,
  );
}
