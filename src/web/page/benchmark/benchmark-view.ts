import { formatSignificant } from "../../../report/format.ts";
import { version } from "../../../version.ts";
import { h, setText, uniqueId } from "../dom.ts";
import { formatNumber, statusWords } from "../format.ts";
import { announce } from "../run/announce.ts";
import { saveButton } from "../save-file.ts";
import { benchmarkBackend, benchmarkSizes, itemsOf } from "./run-benchmark.ts";
import { backendNames, benchmarkBackends } from "./types.ts";
import type { BenchmarkBackend, BenchmarkItem, BenchmarkResult, BenchmarkTest } from "./types.ts";

const SECTIONS: readonly { readonly test: BenchmarkTest; readonly title: string; readonly note: string }[] = [
  { test: "product", title: "Matrix products", note: "GFLOP/s of square matrices, 2n³ operations. More is better." },
  { test: "projection", title: "Projections onto the semidefinite cone", note: "Milliseconds for one random matrix. Less is better." },
  { test: "solve", title: "Whole solves", note: "Seconds to a tolerance of 1e-4, with the iterations. Less is better." },
];

/** Measures products, projections and whole solves on the backends of this browser. */
export function benchmarkView(): HTMLElement {
  return new BenchmarkView().element;
}

class BenchmarkView {
  readonly element: HTMLElement;
  private readonly boxes = new Map<BenchmarkBackend, HTMLInputElement>();
  private readonly size: HTMLSelectElement;
  private readonly button = h("button", { type: "submit", class: "primary" }, "Run the benchmark");
  private readonly step = h("p", { class: "progress-line" });
  private readonly tables = h("div", { class: "benchmark-tables" });
  private readonly error = h("p", { class: "field-error", hidden: true });
  private readonly output: HTMLElement;
  private results: BenchmarkResult[] = [];
  private readonly devices: Partial<Record<BenchmarkBackend, string>> = {};
  private abort: AbortController | undefined;

  constructor() {
    const id = uniqueId("benchmark");
    const choices = benchmarkBackends.map((backend) => {
      const box = h("input", { type: "checkbox", id: `${id}-${backend}`, checked: backend !== "webgl", "aria-describedby": `${id}-error` });
      this.boxes.set(backend, box);
      return h("div", { class: "flag-line" }, box, h("label", { for: box.id }, backendNames[backend].join(", ")));
    });
    this.error.id = `${id}-error`;
    this.size = h("select", { id: `${id}-size` }, h("option", { value: "quick" }, "Quick, some seconds"), h("option", { value: "full" }, "Full, a minute or more"));
    this.output = this.outputButtons();
    const form = h(
      "form",
      { class: "card benchmark-form", "aria-labelledby": `${id}-title` },
      h("h2", { id: `${id}-title` }, "Benchmark"),
      h("p", { class: "about" }, "Measures this browser: matrix products and projections, which a solve consists of, and whole solves. Close other pages for steady numbers."),
      h(
        "div",
        { class: "benchmark-choices" },
        h("fieldset", { class: "checks" }, h("legend", { class: "field-label" }, "Backends"), h("div", { class: "checks-line" }, ...choices), this.error),
        h("div", { class: "field" }, h("label", { for: this.size.id, class: "field-label" }, "Size"), this.size),
        this.button,
      ),
      this.step,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.abort) this.abort.abort();
      else void this.run();
    });
    this.element = h("div", { class: "benchmark" }, form, this.tables, this.output);
  }

  private get chosen(): BenchmarkBackend[] {
    return benchmarkBackends.filter((backend) => this.boxes.get(backend)?.checked === true);
  }

  private async run(): Promise<void> {
    const { chosen } = this;
    this.error.hidden = chosen.length > 0;
    setText(this.error, chosen.length > 0 ? "" : "Choose at least one backend.");
    if (chosen.length === 0) return;
    const abort = new AbortController();
    this.abort = abort;
    this.results = [];
    this.output.hidden = true;
    setText(this.button, "Stop");
    this.button.classList.add("stopping");
    const size = benchmarkSizes[this.size.value === "full" ? "full" : "quick"];
    this.draw(itemsOf(size), chosen);
    announce("The benchmark started.");
    for (const backend of chosen) {
      if (abort.signal.aborted) break;
      await benchmarkBackend(backend, size, abort.signal, {
        onResult: (result) => {
          this.results.push(result);
          this.draw(itemsOf(size), chosen);
        },
        onStep: (text) => setText(this.step, `Measuring: ${text} \u2026`),
        onDevice: (at, name) => {
          this.devices[at] = name;
        },
      });
    }
    this.abort = undefined;
    setText(this.button, "Run the benchmark");
    this.button.classList.remove("stopping");
    setText(this.step, abort.signal.aborted ? "Stopped." : "Done.");
    this.output.hidden = this.results.length === 0;
    announce(abort.signal.aborted ? "The benchmark was stopped." : "The benchmark is done; the tables hold its numbers.");
  }

  private draw(items: readonly BenchmarkItem[], chosen: readonly BenchmarkBackend[]): void {
    const sections = SECTIONS.map(({ test, title, note }) => {
      const rows = items
        .filter((item) => item.test === test)
        .map((item) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, typeof item.size === "number" ? `order ${item.size}` : item.size),
            ...chosen.map((backend) => this.cell(item, backend)),
          ),
        );
      const heads = chosen.map((backend) => {
        const [name, precision] = backendNames[backend];
        return h("th", { scope: "col", class: "number" }, name, h("span", { class: "cell-note" }, precision));
      });
      const head = h("tr", {}, h("td", {}), ...heads);
      const table = h("table", {}, h("caption", { class: "visually-hidden" }, title), h("thead", {}, head), h("tbody", {}, ...rows));
      const frame = h("div", { class: "table-frame", tabindex: 0, role: "region", "aria-label": title }, table);
      return h("section", { class: "card" }, h("h3", {}, title), h("p", { class: "card-note first" }, note), frame);
    });
    this.tables.replaceChildren(...sections);
  }

  private cell(item: BenchmarkItem, backend: BenchmarkBackend): HTMLElement {
    const found = this.results.find((result) => result.backend === backend && result.test === item.test && result.size === item.size);
    if (found === undefined) return h("td", { class: "number pending" }, this.abort ? "\u2026" : "\u2013");
    if ("reason" in found) return h("td", { class: "reason" }, found.reason);
    if (found.gflops !== undefined) return h("td", { class: "number" }, formatNumber(found.gflops, 3));
    if (found.test === "projection") return h("td", { class: "number" }, formatSignificant(found.milliseconds, 3));
    const note = [found.status === "solved" ? undefined : statusWords(found.status ?? ""), `${found.iterations} it.`, found.ranOn === backend ? undefined : `on ${found.ranOn}`];
    return h("td", { class: "number" }, formatSignificant(found.milliseconds / 1000, 3), h("span", { class: "cell-note" }, note.filter(Boolean).join(", ")));
  }

  private json(): string {
    const record = {
      kind: "spectrahedron-browser-benchmark",
      version,
      date: new Date().toISOString(),
      browser: navigator.userAgent,
      processors: navigator.hardwareConcurrency,
      crossOriginIsolated,
      devices: this.devices,
      results: this.results,
    };
    return `${JSON.stringify(record, null, 2)}\n`;
  }

  private outputButtons(): HTMLElement {
    const copy = h("button", { type: "button", class: "secondary copy" }, "Copy as JSON");
    const text = h("textarea", { class: "mono", rows: 10, readonly: true, "aria-label": "The benchmark as JSON", hidden: true });
    copy.addEventListener("click", () => {
      navigator.clipboard.writeText(this.json()).then(
        () => {
          setText(copy, "Copied");
          announce("The benchmark was copied as JSON.");
          setTimeout(() => setText(copy, "Copy as JSON"), 2000);
        },
        () => {
          // Without leave to write to the clipboard the text is put where it can be copied by hand.
          text.value = this.json();
          text.hidden = false;
          text.select();
        },
      );
    });
    const save = saveButton("Save as JSON", "spectrahedron-benchmark.json", "application/json", () => this.json());
    return h("div", { hidden: true, class: "benchmark-output", "data-done": true }, h("div", { class: "downloads" }, copy, save), text);
  }
}
