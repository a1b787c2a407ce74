import { at, isObject, objects, percent, significant, table, text } from "./tables.ts";
import type { Json, JsonObject } from "./tables.ts";

/** What a result file becomes: a heading and its tables. */
export interface Section {
  readonly title: string;
  readonly files: readonly string[];
  /** Lines of each file, in the order of `files`; a JSON file is one line. Undefined leaves the section out. */
  render(contents: readonly (readonly JsonObject[])[]): string | undefined;
}

const problems = (lines: readonly JsonObject[]): JsonObject[] => lines.filter(({ kind }) => kind === "problem");

function collection(title: string, file: string): Section {
  return {
    title,
    files: [file],
    render: ([lines]) => {
      const rows = problems(lines);
      const names = [...new Set(rows.flatMap(({ solvers }) => (isObject(solvers) ? Object.keys(solvers) : [])))];
      const summary = lines.find(({ kind }) => kind === "summary");
      const ours = "spectrahedron";
      const ratios = names
        .filter((name) => name !== ours && isObject(at(summary, "ratios", name)))
        .map((name) => `${significant(at(summary, "ratios", name, "ratio"))} × ${name} (${text(at(summary, "ratios", name, "problems"))} problems)`);
      const counts = names.map((name) => `${name} ${text(at(summary, "solvers", name, "right"))} of ${text(at(summary, "solvers", name, "judged"))}`);
      return [
        `Right: ${counts.join(", ")}. Our time, geometric mean: ${ratios.join(", ")}.`,
        "",
        table(
          ["problem", "status", "error of objective", "largest DIMACS error", "MB", ...names.map((name) => `${name}, s`)],
          rows.map((row) => [
            text(row["name"]),
            text(at(row, "solvers", ours, "status")),
            significant(at(row, "solvers", ours, "error"), 2),
            // Of a certificate's point they say nothing.
            typeof at(row, "solvers", ours, "error") === "number" ? significant(largest(at(row, "solvers", ours, "dimacs")), 2) : "–",
            significant(at(row, "solvers", ours, "peakMegabytes")),
            ...names.map((name) => secondsOf(at(row, "solvers", name))),
          ]),
        ),
      ].join("\n");
    },
  };
}

function secondsOf(answer: Json | undefined): string {
  const seconds = significant(at(answer, "seconds"));
  return at(answer, "right") === false ? `${seconds} ✗` : seconds;
}

function largest(values: Json | undefined): number | undefined {
  return Array.isArray(values) ? Math.max(...values.map((value) => (typeof value === "number" ? value : 0))) : undefined;
}

const momentTables: Section[] = [1, 2, 3, 4, 5].map((k) => ({
  title: `Learned activations, table ${k}`,
  files: [`moment-table${k}.json`],
  render: ([[content]]) =>
    [
      text(content["note"]),
      "",
      table(
        ["samples", "loss", "seeds", "AbsErr, median", "quartiles", "paper's", "seconds, median", "longest", "paper's"],
        objects(content["results"]).flatMap((result) =>
          objects(result["summaries"]).map((s) => [
            `${text(at(result, "row", "samples"))}, width ${text(at(result, "row", "width"))}`,
            text(s["loss"]),
            text(s["seeds"]),
            significant(at(s, "absErr", "median")),
            `${significant(at(s, "absErr", "lower"))} … ${significant(at(s, "absErr", "upper"))}`,
            significant(at(result, "row", "absErr")),
            significant(at(s, "seconds", "median")),
            significant(s["longestSeconds"]),
            significant(at(result, "row", "seconds")),
          ]),
        ),
      ),
    ].join("\n"),
}));

const quantized: Section[] = [
  {
    title: "Quantized networks: time to a certified gap of 1e-6",
    files: ["quantized/scaling.json"],
    render: ([[content]]) =>
      table(
        ["n", "d", "iterations", "seconds", "gap", "MB of state", "explicit form through our general solver, s"],
        objects(content["rows"]).map((row) => [
          text(row["n"]),
          text(row["d"]),
          text(row["iterations"]),
          significant(row["seconds"]),
          significant(row["relativeGap"], 2),
          significant(row["stateMegabytes"]),
          significant(row["explicitSeconds"]),
        ]),
      ),
  },
  {
    title: "Quantized networks: MNIST",
    files: ["quantized/mnist.json"],
    render: ([[content]]) =>
      [
        `Certified gap ${significant(content["relativeGap"])} after ${text(content["iterations"])} iterations.`,
        "",
        table(
          ["network", "neurons", "bits", "train", "test"],
          [
            ["relaxation", "", "", percent(at(content, "relaxed", "train")), percent(at(content, "relaxed", "test"))],
            ...objects(content["sampled"]).map((s) => ["sampled", ...networkCells(s)]),
            ...objects(content["baselines"]).map((s) => [text(s["method"]), ...networkCells(s)]),
          ],
        ),
      ].join("\n"),
  },
  ...["figure2", "figure3"].map((name) => ({
    title: name === "figure2" ? "Quantized networks: breast-cancer" : "Quantized networks: ionosphere",
    files: [`quantized/${name}.json`],
    render: ([[content]]: readonly (readonly JsonObject[])[]) => {
      const range = (value: Json | undefined): string =>
        `${percent(at(value, "median"))} (${percent(at(value, "least"))} … ${percent(at(value, "most"))})`;
      return table(
        ["method", "train, median (range)", "test, median (range)"],
        [
          ...objects(content["summary"]).map((s) => [text(s["method"]), range(s["train"]), range(s["test"])]),
          ["majority class", range(at(content, "majority", "train")), range(at(content, "majority", "test"))],
        ],
      );
    },
  })),
];

function networkCells(network: JsonObject): string[] {
  return [
    text(network["neurons"]),
    text(network["bits"]),
    percent(network["trainAccuracy"]),
    percent(network["testAccuracy"]),
  ];
}

const sosx: Section = {
  title: "SOSX: distillation column",
  files: ["sosx-table1.json"],
  render: ([[content]]) =>
    [
      "Mean squared errors with tanh, of the target scaled to [−1, 1]; the relaxation's error is no network's.",
      "",
      table(
        ["neurons", "method", "train", "test", "seconds", "relaxation's MAE", "nodes"],
        objects(content["records"]).flatMap((record) =>
          objects(record["methods"]).map((method) => {
            const own = method["method"] === "sosx";
            return [
              text(record["neurons"]),
              text(method["method"]),
              significant(method["trainMse"]),
              significant(method["testMse"]),
              significant(method["seconds"]),
              own ? significant(record["rootRelaxation"]) : "",
              own ? text(record["nodes"]) : "",
            ];
          }),
        ),
      ),
    ].join("\n"),
};

function gpu(file: string, title: string): Section {
  return {
    title,
    files: [file],
    render: ([lines]) => {
      const adapter = at(lines.find(({ kind }) => kind === "run"), "adapter", "name");
      const best = new Map<string, JsonObject>();
      for (const line of lines.filter(({ kind }) => kind === "gemm")) {
        const key = `${text(line["n"])}${line["symmetric"] === true ? ", symmetric" : ""}`;
        const before = best.get(key);
        if (before === undefined || Number(line["gflops"]) > Number(before["gflops"])) best.set(key, line);
      }
      return [
        `Adapter: ${text(adapter)}.`,
        "",
        table(
          ["product, n", "fastest kernel", "GFLOP/s", "error"],
          [...best].map(([key, line]) => [key, text(line["shape"]), significant(line["gflops"]), significant(line["error"], 2)]),
        ),
        "",
        table(
          ["projection, n", "spectrum", "method", "products", "ms", "error", "limit"],
          lines
            .filter(({ kind }) => kind === "projection")
            .map((line) => [
              text(line["n"]),
              text(line["spectrum"]),
              text(line["method"]),
              text(line["products"]),
              significant(at(line, "timing", "medianMs")),
              significant(line["error"], 2),
              significant(line["limit"], 2),
            ]),
        ),
      ].join("\n");
    },
  };
}

/** In the order of the page. */
export const sections: readonly Section[] = [
  collection("Semidefinite programs: SDPLIB", "sdplib.jsonl"),
  collection("Linear programs", "lp.jsonl"),
  collection("Conic programs", "conic.jsonl"),
  {
    title: "Dense kernels on the CPU",
    files: ["eig.jsonl", "gemm.jsonl"],
    render: ([eig, gemm]) =>
      [
        "Symmetric eigendecomposition, one thread, milliseconds:",
        "",
        table(
          ["n", "WebAssembly SIMD", "TypeScript", "ml-matrix"],
          eig.filter(({ kind }) => kind === "eig").map((row) => [text(row["n"]), ...["wasm", "typescript", "mlMatrix"].map((key) => milliseconds(row[key]))]),
        ),
        "",
        "Products of square matrices, one thread, GFLOP/s:",
        "",
        table(
          ["n", "WebAssembly SIMD", "TypeScript", "ml-matrix"],
          gemm.filter(({ kind }) => kind === "gemm").map((row) => [text(row["n"]), ...["wasm", "typescript", "mlMatrix"].map((key) => significant(row[key]))]),
        ),
      ].join("\n"),
  },
  gpu("gpu.jsonl", "WebGPU on a GPU"),
  gpu("gpu-software.jsonl", "WebGPU on a software adapter (correctness only; says nothing about speed)"),
  ...quantized,
  {
    title: "Polynomial optimisation",
    files: ["moment-pop.json", "moment-sparse.json", "moment-bqp.json"],
    render: ([[pop], [sparse], [bqp]]) =>
      [
        table(["a collection of 25 problems", ""], Object.entries(isObject(pop["summary"]) ? pop["summary"] : {}).map(([key, value]) => [key, text(value)])),
        "",
        table(
          ["sparse problem", "variables", "term sparsity", "status", "seconds"],
          objects(sparse["runs"]).map((run) => [text(run["name"]), text(run["variables"]), text(run["termSparsity"]), text(run["status"]), significant(run["seconds"])]),
        ),
        "",
        table(
          ["binary quadratic, seed", "variables", "gap", "seconds"],
          objects(bqp["runs"]).map((run) => [text(run["seed"]), text(bqp["variables"]), significant(run["gap"], 2), significant(run["seconds"])]),
        ),
      ].join("\n"),
  },
  ...momentTables,
  {
    title: "Neuron envelopes: root gap closed",
    files: ["relaxation-gap.jsonl"],
    render: ([lines]) =>
      table(
        ["tasks", "with a gap", "mean", "median", "bounds in order, optimum inside"],
        lines
          .filter(({ summary }) => summary !== undefined)
          .map((line) => [
            `${text(line["summary"])} (${text(line["tasks"])})`,
            text(line["withGap"]),
            percent(line["meanGapClosed"]),
            percent(line["medianGapClosed"]),
            line["sound"] === true ? "all" : "NO",
          ]),
      ),
  },
  sosx,
];

function milliseconds(seconds: Json | undefined): string {
  return typeof seconds === "number" ? significant(1000 * seconds) : "–";
}
