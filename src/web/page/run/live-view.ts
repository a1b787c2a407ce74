import type { TaskProgress } from "../../../tasks/task.ts";
import { boundNames, History, residualNames } from "../charts/history.ts";
import type { SeriesName } from "../charts/history.ts";
import { legend } from "../charts/legend.ts";
import { lineChart, seriesStyles } from "../charts/line-chart.ts";
import { standaloneSvg } from "../charts/save-svg.ts";
import { h, setText } from "../dom.ts";
import { formatNumber, formatResidual, withMinus } from "../format.ts";
import { saveButton } from "../save-file.ts";
import type { TaskSpec } from "../specs/task-spec.ts";

/** Charts are drawn anew at most this often, milliseconds. */
const REDRAW = 120;
/** Screen readers are told where a run stands at most this often, milliseconds. */
const SPEAK = 6000;
const CHART_HEIGHT = 250;

interface Tile {
  readonly element: HTMLElement;
  readonly value: HTMLElement;
}

/** What is shown while a run goes on: numbers and a line in words; its charts stay afterwards. */
export class LiveView {
  readonly element: HTMLElement;
  readonly charts: HTMLElement;
  private readonly history = new History();
  /** Residuals with every report, once the task gave them. */
  private whole: History | undefined;
  private readonly spec: TaskSpec;
  private readonly tolerance: number | undefined;
  private readonly tiles: HTMLElement;
  private readonly line: HTMLElement;
  private readonly bar: HTMLProgressElement;
  private readonly known = new Map<string, Tile>();
  private readonly resize: ResizeObserver;
  private readonly speak: (text: string) => void;
  private readonly fileStem: string;
  private latest: TaskProgress | undefined;
  private frame: number | undefined;
  private drawn = 0;
  private spoken = performance.now();
  private chartWidth = 0;
  /** Seconds that an earlier part of the same run took. */
  private offset = 0;

  constructor(spec: TaskSpec, tolerance: number | undefined, fileStem: string, speak: (text: string) => void) {
    this.spec = spec;
    this.tolerance = tolerance;
    this.fileStem = fileStem;
    this.speak = speak;
    this.tiles = h("dl", { class: "tiles" });
    this.line = h("p", { class: "progress-line" }, "Starting \u2026");
    this.bar = h("progress", { max: 1, "aria-label": "Share of the work done", hidden: true });
    this.charts = h("div", { class: "charts" });
    this.element = h("div", { class: "live" }, this.tiles, this.bar, this.line);
    this.resize = new ResizeObserver(() => {
      if (Math.abs(this.charts.clientWidth - this.chartWidth) > 2) this.schedule();
    });
    this.resize.observe(this.charts);
  }

  /** Takes a report of the run; drawing is put off to a later frame. */
  add(progress: TaskProgress): void {
    const placed = { ...progress, seconds: progress.seconds + this.offset };
    this.latest = placed;
    this.history.add(placed);
    this.schedule();
  }

  /** The run goes on where it was stopped. */
  continue(): void {
    this.offset = this.history.latest?.seconds ?? 0;
    this.whole = undefined;
  }

  /** Draws the last state; `whole` is the course with every report, where the task kept it. */
  finish(whole?: History): void {
    this.bar.hidden = true;
    if (whole?.drawable && this.offset === 0) this.whole = whole;
    this.draw();
  }

  dispose(): void {
    this.resize.disconnect();
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
  }

  private schedule(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      if (performance.now() - this.drawn < REDRAW) this.schedule();
      else this.draw();
    });
  }

  private draw(): void {
    this.drawn = performance.now();
    const { latest } = this;
    if (latest !== undefined) {
      setText(this.line, withMinus(latest.text));
      this.showTiles(latest);
      this.bar.hidden = latest.fraction === undefined;
      if (latest.fraction !== undefined) this.bar.value = latest.fraction;
      if (this.drawn - this.spoken > SPEAK) {
        this.spoken = this.drawn;
        this.speak(latest.text);
      }
    }
    this.drawCharts();
  }

  private showTiles(progress: TaskProgress): void {
    if (progress.iteration !== undefined) this.tile("iteration", this.spec.name === "sosx" ? "nodes" : "iteration", String(progress.iteration));
    for (const name of residualNames) if (progress[name] !== undefined) this.tile(name, this.label(name), formatResidual(progress[name]));
    for (const name of boundNames) if (progress[name] !== undefined) this.tile(name, this.label(name), formatNumber(progress[name], 7));
  }

  private tile(key: string, label: string, text: string): void {
    let tile = this.known.get(key);
    if (tile === undefined) {
      const value = h("dd", {});
      tile = { value, element: h("div", { class: "tile" }, h("dt", {}, label), value) };
      this.known.set(key, tile);
      this.tiles.append(tile.element);
    }
    setText(tile.value, text);
  }

  private label(name: SeriesName): string {
    return this.spec.series?.[name] ?? seriesStyles[name].label;
  }

  private drawCharts(): void {
    const course = this.whole ?? this.history;
    const residuals = course.drawable ? course.present(residualNames) : [];
    const bounds = this.history.drawable ? this.history.present(boundNames) : [];
    this.chartWidth = this.charts.clientWidth;
    const several = residuals.length > 0 && bounds.length > 0 && this.chartWidth >= 720;
    const width = Math.max(260, several ? (this.chartWidth - 24) / 2 : this.chartWidth);
    if (residuals.length > 0) {
      const target = this.tolerance === undefined ? undefined : { value: this.tolerance, label: "tolerance" };
      const chart = lineChart(course, width, CHART_HEIGHT, { names: residuals, logarithmic: true, yTitle: "relative error", target });
      this.place("residuals", residuals.length === 1 ? "Gap" : "Residuals and gap", residuals, chart, () => this.whole ?? this.history);
    }
    if (bounds.length > 0) {
      const chart = lineChart(this.history, width, CHART_HEIGHT, { names: bounds, logarithmic: false, yTitle: "" });
      this.place("bounds", this.spec.name === "solve" ? "Objectives" : "Bounds", bounds, chart, () => this.history);
    }
  }

  /** Puts a chart into its figure, which is made when the first one comes. */
  private place(key: string, title: string, names: readonly SeriesName[], chart: SVGSVGElement, course: () => History): void {
    let figure = this.charts.querySelector<HTMLElement>(`[data-chart="${key}"]`);
    if (figure === null) {
      const save = saveButton("SVG", `${this.fileStem}-${key}.svg`, "image/svg+xml", () => {
        const shown = this.charts.querySelector<SVGSVGElement>(`[data-chart="${key}"] svg.chart`);
        const entries = names.map((name) => ({ ...seriesStyles[name], label: this.label(name) }));
        return shown === null ? "" : standaloneSvg(shown, entries);
      });
      const table = saveButton("CSV", `${this.fileStem}-${key}.csv`, "text/csv", () => course().csv(names));
      for (const button of [save, table]) button.classList.add("small");
      save.setAttribute("aria-label", "Save the chart as SVG");
      table.setAttribute("aria-label", "Save the numbers as CSV");
      figure = h(
        "figure",
        { "data-chart": key },
        h("figcaption", {}, h("h3", {}, title), h("span", { class: "figure-buttons" }, table, save)),
        h("div", { class: "legend-place" }),
        h("div", { class: "chart-place" }),
      );
      this.charts.append(figure);
    }
    const shown = figure.querySelectorAll(".legend li").length;
    if (shown !== names.length) figure.querySelector(".legend-place")?.replaceChildren(legend(names, (name) => this.label(name)));
    figure.querySelector(".chart-place")?.replaceChildren(chart);
  }
}
