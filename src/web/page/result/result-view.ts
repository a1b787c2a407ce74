import { formatSeconds } from "../../../report/format.ts";
import type { TaskName, TaskOutcome } from "../../../tasks/task.ts";
import { h, setAttributes } from "../dom.ts";
import { formatBytes } from "../format.ts";
import { saveButton, saveFile } from "../save-file.ts";
import { drawFigure } from "./draw-figure.ts";
import { summarise } from "./summarise.ts";
import type { Fact, ResultSummary, SummaryTable, Timing } from "./summary.ts";

/** What a finished run is called in the names of its files. */
export interface RunLabel {
  readonly task: TaskName;
  /** Name of the input without its ending. */
  readonly name: string;
}

/** Everything an outcome holds: numbers, tables and files; then cards with parts of the time, figures, the record. */
export function resultCards(
  label: RunLabel,
  outcome: TaskOutcome,
): { readonly result: HTMLElement; readonly more: (() => HTMLElement)[] } {
  const summary = summarise(label.task, outcome);
  const more: (() => HTMLElement)[] = [];
  if (summary.timings.length > 0) more.push(() => timingsCard(summary));
  // The solver's convergence is the page's own chart.
  for (const { name, spec } of outcome.figures) if (name !== "convergence") more.push(() => figureCard(label, name, spec));
  more.push(() => recordCard(outcome));
  return { result: resultBody(label, outcome, summary), more };
}

function resultBody(label: RunLabel, outcome: TaskOutcome, summary: ResultSummary): HTMLElement {
  return h(
    "div",
    { class: "result", role: "group", "aria-label": "Result" },
    h("p", { class: "headline" }, `${summary.headline}.`),
    factList(summary.facts),
    ...summary.tables.map(table),
    summary.notes.length > 0 && h("ul", { class: "notes" }, ...summary.notes.map((note) => h("li", {}, note))),
    downloads(label, outcome),
  );
}

function factList(facts: readonly Fact[]): HTMLElement | undefined {
  if (facts.length === 0) return undefined;
  const entry = ({ label, value, help, main }: Fact): HTMLElement =>
    h("div", { class: main === true ? "fact main" : "fact" }, h("dt", {}, label), h("dd", {}, value), help !== undefined && h("dd", { class: "fact-help" }, help));
  return h("dl", { class: "facts" }, ...facts.map(entry));
}

/** A table that scrolls sideways inside its frame, also by keyboard. */
function table({ caption, columns, rows }: SummaryTable): HTMLElement {
  const numeric = columns.map((_, k) => rows.every((row) => row[k] === "" || /^[\u2212\u2013≥≤\d]/.test(row[k])));
  const kind = (k: number): string | undefined => (numeric[k] ? "number" : undefined);
  const head = h("tr", {}, ...columns.map((column, k) => h("th", { scope: "col", class: kind(k) }, column)));
  const body = rows.map((row) =>
    h("tr", {}, ...row.map((cell, k) => (k === 0 ? h("th", { scope: "row", class: kind(k) }, cell) : h("td", { class: kind(k) }, cell)))),
  );
  const element = h("table", {}, h("caption", {}, caption), h("thead", {}, head), h("tbody", {}, ...body));
  return h("div", { class: "table-frame", tabindex: 0, role: "region", "aria-label": caption }, element);
}

function downloads({ task, name }: RunLabel, outcome: TaskOutcome): HTMLElement {
  const stem = `${name}-${task}`;
  const files = outcome.files.map((file) =>
    saveButton(`${file.name} (${formatBytes(file.content.length)})`, `${stem}-${file.name}`, file.mediaType, () => file.content),
  );
  const record = saveButton("result.json", `${stem}-result.json`, "application/json", () => `${JSON.stringify(outcome.record, null, 2)}\n`);
  return h("div", { class: "downloads", role: "group", "aria-label": "Downloads" }, h("span", { class: "downloads-label" }, "Download"), record, ...files);
}

function timingsCard({ timings, seconds }: ResultSummary): HTMLElement {
  const longest = Math.max(seconds ?? 0, ...timings.map((timing) => timing.seconds));
  const row = ({ part, seconds: own }: Timing): HTMLElement =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, part),
      h("td", { class: "number" }, formatSeconds(own)),
      h("td", { class: "number" }, `${Math.round((100 * own) / longest)} %`),
      h("td", { class: "bar-cell", "aria-hidden": "true" }, h("div", { class: "bar", style: `inline-size:${Math.max(0.5, (100 * own) / longest)}%` })),
    );
  const total = seconds === undefined ? undefined : h("p", { class: "card-note" }, `${formatSeconds(seconds)} in all; parts may contain each other.`);
  const hidden = h("th", { scope: "col", class: "visually-hidden" }, "bar");
  const head = h("tr", {}, h("th", { scope: "col" }, "part"), h("th", { scope: "col", class: "number" }, "time"), h("th", { scope: "col", class: "number" }, "share"), hidden);
  return h(
    "section",
    { class: "card timings", "aria-label": "Time by part" },
    h("h3", {}, "Time by part"),
    h("table", { class: "bars" }, h("thead", { class: "visually-hidden" }, head), h("tbody", {}, ...timings.map(row))),
    total,
  );
}

function figureCard({ task, name }: RunLabel, figure: string, spec: TaskOutcome["figures"][number]["spec"]): HTMLElement {
  const title = FIGURES[figure] ?? figure;
  const place = h("div", { class: "figure-place", role: "status" }, "Drawing \u2026");
  const card = h("section", { class: "card figure" }, h("h3", {}, title), place);
  drawFigure(spec).then(
    (svg) => {
      const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
      place.replaceChildren(h("img", { src: address, alt: FIGURE_TEXTS[figure] ?? title }));
      // On a narrow page the figure scrolls sideways, also by keyboard.
      setAttributes(place, { role: "region", tabindex: 0, "aria-label": title });
      const button = h("button", { type: "button", class: "secondary save", "data-file": `${name}-${task}-${figure}.svg` }, "Save as SVG");
      button.addEventListener("click", () => saveFile(`${name}-${task}-${figure}.svg`, "image/svg+xml", svg));
      card.append(h("div", { class: "downloads" }, button));
    },
    (error: unknown) => place.replaceChildren(`The figure could not be drawn: ${error instanceof Error ? error.message : String(error)}`),
  );
  return card;
}

const FIGURES: Readonly<Record<string, string>> = {
  neurons: "Networks by size",
  rounds: "Bound by rounds of cuts",
  predictions: "Actual and predicted values",
  residuals: "Residuals",
};
const FIGURE_TEXTS: Readonly<Record<string, string>> = {
  neurons: "Training objective and accuracy of the drawn networks against their number of neurons, with the certified bound; the numbers are in the table of methods.",
  rounds: "The bound on the first objective after each round of cuts; the last value is in the table of objectives.",
  predictions: "Actual values of the target and those that each method predicts, by sample; the errors are in the table of methods.",
  residuals: "Residuals of the network with the learned activations; their mean square is among the numbers of the result.",
};

function recordCard({ record }: TaskOutcome): HTMLElement {
  const block = h("pre", { tabindex: 0, role: "region", "aria-label": "The whole record" });
  const card = h("details", { class: "card record" }, h("summary", {}, "The whole record, as the command line prints it"), block);
  card.addEventListener("toggle", () => {
    if (block.textContent === "") block.textContent = withoutLongArrays(record);
  });
  return card;
}

const MOST_TEXT = 60_000;

/** JSON for reading: the full one is in the download. */
function withoutLongArrays(record: unknown): string {
  const text = JSON.stringify(record, (_, value: unknown) =>
    Array.isArray(value) && value.length > 60 ? [...value.slice(0, 20), `\u2026 ${value.length - 20} more`] : value, 2);
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}\n\u2026 the rest is in the download` : text;
}
