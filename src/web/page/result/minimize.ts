import type { MinimizeSummary } from "../../../moment/report.ts";
import { formatNumber, formatResidual } from "../format.ts";
import { timingsOf } from "./summary.ts";
import type { Fact, ResultSummary, SummaryTable } from "./summary.ts";

const HEADLINES: Readonly<Record<MinimizeSummary["status"], string>> = {
  optimal: "Optimal: a feasible point meets the bound",
  bounded: "A bound, but no point was found that meets it; try a higher order",
  unbounded: "The relaxation is unbounded; try a higher order or add bounds",
  infeasible: "Infeasible: no point satisfies the constraints (certified)",
  stopped: "Stopped: this is what was reached",
  failed: "No reliable value was found",
};

interface OrderReport {
  readonly order: number;
  readonly value: number | null;
  readonly certifiedBound: number | null;
  readonly flat: boolean;
  readonly ranks: readonly number[];
  readonly moments: number;
  readonly seconds: number;
}

/** A polynomial's global minimum. */
export function minimizeSummary(record: MinimizeSummary): ResultSummary {
  const facts: Fact[] = [
    { label: "Best point's value", value: formatNumber(record.upperBound, 10), main: true },
    { label: "Certified lower bound", value: formatNumber(record.certifiedLowerBound, 10), help: record.certificateNote ?? undefined },
    { label: "Gap", value: formatResidual(record.gap) },
    { label: "Value of the relaxation", value: formatNumber(record.relaxationValue, 10) },
    { label: "Order", value: String(record.order) },
    { label: "Ranks of moment matrices", value: `${record.ranks.length === 0 ? "\u2013" : record.ranks.join(", ")}${record.flat ? ", flat" : ""}` },
    { label: "Violation of constraints", value: formatResidual(record.violation) },
  ];
  const orders = record.orders as readonly OrderReport[];
  const tables: SummaryTable[] = [];
  if (record.minimizers.length > 0) {
    const shown = record.minimizers[0].slice(0, 12);
    tables.push({
      caption: record.minimizers.length === 1 ? "Minimiser" : `${record.minimizers.length} minimisers`,
      columns: ["", ...shown.map((_, v) => `x${v + 1}`)],
      rows: record.minimizers.slice(0, 50).map((x, k) => [String(k + 1), ...[...x].slice(0, 12).map((value) => formatNumber(value, 8))]),
    });
  }
  tables.push({
    caption: "Relaxations",
    columns: ["order", "value", "certified", "ranks", "moments", "seconds"],
    rows: orders.map((o) => [
      String(o.order),
      formatNumber(o.value, 8),
      formatNumber(o.certifiedBound, 8),
      `${o.ranks.join(", ")}${o.flat ? ", flat" : ""}`,
      String(o.moments),
      formatNumber(o.seconds, 3),
    ]),
  });
  const solved = Object.fromEntries(orders.map(({ order, seconds }) => [`relaxation of order ${order}`, seconds]));
  return { headline: HEADLINES[record.status], facts, tables, notes: record.notes, timings: timingsOf(solved), seconds: record.seconds };
}
