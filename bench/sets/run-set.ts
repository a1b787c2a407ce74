import { formatScientific, formatSignificant } from "../../src/report/format.ts";
import { renderTable, type Column } from "../../src/report/table.ts";
import { geometricMean, type Record } from "../record.ts";
import type { Entry } from "./index-file.ts";
import { judge, type Verdict } from "./judge.ts";
import type { Limits, Outcome, Solver } from "./solvers.ts";

interface Row {
  readonly entry: Entry;
  readonly outcomes: ReadonlyMap<string, Outcome & Verdict>;
}

export interface SetRun {
  readonly entries: readonly Entry[];
  /** The first one is ours. */
  readonly solvers: readonly Solver[];
  readonly limits: Limits;
  /** Relative tolerance on objectives. */
  readonly tolerance: number;
  readonly record: Record;
}

const SHORT_STATUS: { readonly [status: string]: string } = {
  solvedInaccurate: "inaccurate",
  primalInfeasible: "p-infeas",
  primalInfeasibleInaccurate: "p-infeas?",
  dualInfeasible: "d-infeas",
  dualInfeasibleInaccurate: "d-infeas?",
  iterationLimit: "iter limit",
  timeLimit: "time limit",
  numericalFailure: "numerical",
};

function largest(values: Outcome["dimacs"]): number | undefined {
  return values === undefined ? undefined : Math.max(...values.map((v) => Math.abs(v ?? Infinity)));
}

const orDash = (value: number | undefined, format: (value: number) => string): string =>
  value === undefined ? "-" : format(value);

/** Solves every entry with every solver that accepts it, one process at a time; prints as it goes. */
export async function runSet({ entries, solvers, limits, tolerance, record }: SetRun): Promise<void> {
  const rows: Row[] = [];
  for (const [k, entry] of entries.entries()) {
    const outcomes = new Map<string, Outcome & Verdict>();
    for (const solver of solvers.filter((s) => s.accepts(entry.file))) {
      process.stderr.write(`[${k + 1}/${entries.length}] ${entry.name}: ${solver.name} …\n`);
      const outcome = await solver.run(entry.file, limits);
      if (outcome !== undefined) outcomes.set(solver.name, { ...outcome, ...judge(entry, outcome, tolerance) });
    }
    const { name, expected, reference, spread } = entry;
    record.add({ kind: "problem", name, expected, reference, spread, solvers: Object.fromEntries(outcomes) });
    rows.push({ entry, outcomes });
  }
  console.log(renderTable(columnsFor(solvers), rows));
  const summary = summarise(rows, solvers);
  record.add({ kind: "summary", tolerance, ...summary });
  console.log(`\n${renderSummary(summary, tolerance)}`);
}

function columnsFor(solvers: readonly Solver[]): Column<Row>[] {
  const [own, ...peers] = solvers;
  const of = (solver: Solver, row: Row): (Outcome & Verdict) | undefined => row.outcomes.get(solver.name);
  const mark = (row: Row): string => {
    const verdict = of(own, row);
    return verdict?.falseClaim ? "FALSE" : verdict?.right === undefined ? "" : verdict.right ? "ok" : "no";
  };
  return [
    { title: "problem", align: "left", cell: (row) => row.entry.name },
    { title: "status", align: "left", cell: (row) => {
        const status = of(own, row)?.status ?? "-";
        return SHORT_STATUS[status] ?? status;
      } },
    { title: "", align: "left", cell: mark },
    { title: "iter", cell: (row) => orDash(of(own, row)?.iterations, String) },
    { title: "objective", cell: (row) => orDash(of(own, row)?.objective, (v) => formatSignificant(v, 7)) },
    { title: "rel err", cell: (row) => orDash(of(own, row)?.error, (v) => formatScientific(v, 1)) },
    { title: "DIMACS", cell: (row) => orDash(largest(of(own, row)?.dimacs), (v) => formatScientific(v, 1)) },
    { title: "s", cell: (row) => orDash(of(own, row)?.seconds, (v) => v.toFixed(2)) },
    { title: "wall s", cell: (row) => orDash(of(own, row)?.wallSeconds, (v) => v.toFixed(2)) },
    { title: "MB", cell: (row) => orDash(of(own, row)?.peakMegabytes, (v) => v.toFixed(0)) },
    ...peers.flatMap((peer): Column<Row>[] => [
      {
        title: `${peer.name} s`,
        cell: (row) => {
          const outcome = of(peer, row);
          if (outcome === undefined) return "-";
          return `${outcome.right === false ? "no " : ""}${outcome.seconds.toFixed(2)}`;
        },
      },
      { title: "err", cell: (row) => orDash(of(peer, row)?.error, (v) => formatScientific(v, 1)) },
    ]),
  ];
}

interface SolverSummary {
  readonly right: number;
  readonly judged: number;
  readonly falseClaims: number;
  /** Over the problems it got right. */
  readonly meanSeconds: number | undefined;
}

interface Summary {
  readonly solvers: { readonly [name: string]: SolverSummary };
  /** Geometric mean of our seconds over the peer's, over the problems both got right. */
  readonly ratios: { readonly [name: string]: { readonly problems: number; readonly ratio: number | undefined } };
}

function summarise(rows: readonly Row[], solvers: readonly Solver[]): Summary {
  const own = solvers[0].name;
  // Times below a millisecond say nothing.
  const time = (outcome: Outcome): number => Math.max(outcome.seconds, 1e-3);
  const of = (name: string): (Outcome & Verdict)[] => rows.flatMap((row) => row.outcomes.get(name) ?? []);
  return {
    solvers: Object.fromEntries(
      solvers.map(({ name }) => {
        const outcomes = of(name);
        return [
          name,
          {
            right: outcomes.filter((o) => o.right === true).length,
            judged: outcomes.filter((o) => o.right !== undefined).length,
            falseClaims: outcomes.filter((o) => o.falseClaim).length,
            meanSeconds: geometricMean(outcomes.filter((o) => o.right === true).map(time)),
          },
        ];
      }),
    ),
    ratios: Object.fromEntries(
      solvers.slice(1).map(({ name }) => {
        const ratios = rows.flatMap((row) => {
          const [ours, theirs] = [row.outcomes.get(own), row.outcomes.get(name)];
          return ours?.right && theirs?.right ? [time(ours) / time(theirs)] : [];
        });
        return [name, { problems: ratios.length, ratio: geometricMean(ratios) }];
      }),
    ),
  };
}

function renderSummary(summary: Summary, tolerance: number): string {
  const lines = Object.entries(summary.solvers).map(
    ([name, s]) =>
      `${name}: right on ${s.right} of ${s.judged} (status, and objective within ${tolerance} relative)` +
      `${s.falseClaims > 0 ? `, ${s.falseClaims} false claims` : ""}` +
      `${s.meanSeconds === undefined ? "" : `, geometric mean ${s.meanSeconds.toPrecision(3)} s on those`}`,
  );
  for (const [name, { problems, ratio }] of Object.entries(summary.ratios)) {
    if (ratio === undefined) continue;
    lines.push(`time over ${name}'s: ${ratio.toPrecision(3)} (geometric mean over ${problems} problems both got right)`);
  }
  return lines.join("\n");
}
