import { renderVegaLite } from "../../../src/report/figure.ts";
import type { MethodReport, SearchProgress } from "../../../src/sosx/index.ts";
import { hiddenFunction, predictionFigure, progressText, runStudy, studyRecord } from "../../../src/sosx/index.ts";
import { renderTable } from "../../../src/report/table.ts";
import { writeResults, writeText } from "../moment/lib/results.ts";
import { distillation, listOption, PAPER } from "./lib/data.ts";

interface Row {
  readonly neurons: number;
  readonly rootRelaxation: number;
  readonly lowerBound: number;
  readonly methods: readonly MethodReport[];
}

/**
 * Table 1 and, of the same runs, figures 2 to 7: distillation column, 3 pieces, Adam (100 epochs), MIP by HiGHS for the
 * time of the search, SOSX, least squares. `--seconds 45` per network and method, `--neurons 5,10,16,20,24,30` (nine and a
 * half minutes), `--threads 2`. The paper's times divided by ten are 89 to 3890 s.
 */
export async function run(args: readonly string[]): Promise<void> {
  const [seconds] = listOption(args, "seconds", [45]);
  const [threads] = listOption(args, "threads", [2]);
  const start = performance.now();
  const sizes = listOption(args, "neurons", PAPER.map(({ neurons }) => neurons));
  const data = distillation(args);
  let last = 0;
  const report = (neurons: number, progress: SearchProgress): void => {
    const elapsed = (performance.now() - start) / 1000;
    if (elapsed - last < 10) return;
    last = elapsed;
    console.log(`${elapsed.toFixed(0)} s: M = ${neurons}: ${progressText(progress, "tanh")}`);
  };
  const rows: Row[] = [];
  const records: object[] = [];
  for (const neurons of sizes) {
    const result = await runStudy(data, {
      neurons,
      activation: hiddenFunction("tanh"),
      seed: 1,
      compare: ["adam", "mip", "ols"],
      search: { timeLimit: seconds, threads, onProgress: (progress) => report(neurons, progress) },
    });
    const { search, methods } = result;
    rows.push({ neurons, rootRelaxation: search.rootRelaxation, lowerBound: search.lowerBound, methods });
    const paper = PAPER.find((line) => line.neurons === neurons);
    const mse = (name: string): number => methods.find(({ method }) => method === name)?.trainMse ?? NaN;
    const noWorseThanAdam = mse("sosx") <= mse("adam");
    records.push({ ...studyRecord(data, result), paper, noWorseThanAdam });
    const title = `${neurons} neurons, 3 pieces (${seconds} s)`;
    writeText(`sosx-figures2-7-n${neurons}.svg`, await renderVegaLite(predictionFigure(data, result, title)));
    const command = `npm run reproduce -- sosx/table1 --seconds ${seconds} --neurons ${sizes.join(",")} --threads ${threads}`;
    writeResults("sosx-table1", command, { seconds, records });
    console.log(`${describe(rows)}\nM = ${neurons}: no worse than Adam on train: ${noWorseThanAdam}`);
  }
}

function describe(rows: readonly Row[]): string {
  const number = (v: number | null | undefined): string => (v === null || v === undefined ? "-" : v.toPrecision(3));
  const of = (row: Row, method: string): MethodReport | undefined => row.methods.find((m) => m.method === method);
  return renderTable<Row>(
    [
      { title: "M", cell: ({ neurons }) => String(neurons) },
      { title: "relaxation MAE", cell: ({ rootRelaxation }) => number(rootRelaxation) },
      { title: "bound", cell: ({ lowerBound }) => number(lowerBound) },
      { title: "SOSX PWL MAE", cell: (row) => number(of(row, "sosx")?.pwlMae) },
      { title: "PWL MSE", cell: (row) => number(of(row, "sosx")?.pwlMse) },
      { title: "MIP PWL MAE", cell: (row) => number(of(row, "mip")?.pwlMae) },
      ...["sosx", "adam", "mip", "ols"].map((method) => ({
        title: `${method} tanh train`,
        cell: (row: Row): string => number(of(row, method)?.trainMse),
      })),
      ...["sosx", "adam", "mip", "ols"].map((method) => ({
        title: `${method} test`,
        cell: (row: Row): string => number(of(row, method)?.testMse),
      })),
    ],
    rows,
  );
}
