import { SpectrahedronError } from "../../../errors.ts";
import { formatSeconds } from "../../../report/format.ts";
import type { TaskOutcome } from "../../../tasks/task.ts";
import { courseOf } from "../charts/course.ts";
import { numericalRank, spectrumChart } from "../charts/spectrum-chart.ts";
import { standaloneSvg } from "../charts/save-svg.ts";
import { h, s, setText } from "../dom.ts";
import { statusWords } from "../format.ts";
import { resultCards } from "../result/result-view.ts";
import { saveButton } from "../save-file.ts";
import { specOf } from "../specs/index.ts";
import { announce } from "./announce.ts";
import { Job } from "./job.ts";
import type { JobRequest } from "./job.ts";
import { LiveView } from "./live-view.ts";
import type { SolverPool } from "./solver-pool.ts";

type Tone = "working" | "good" | "partial" | "bad";

const ICONS: Readonly<Record<Tone, string>> = {
  working: "M10 3v3M10 14v3M3 10h3M14 10h3M5 5l2 2M13 13l2 2M5 15l2-2M13 7l2-2",
  good: "M4 10.5l4 4 8-9",
  partial: "M10 4v8M10 15.2v.6",
  bad: "M5 5l10 10M15 5L5 15",
};

/** The right-hand side of the page: a task's run under way, or its last one. */
export class RunPanel {
  readonly element: HTMLElement;
  private readonly pool: SolverPool;
  private readonly onBusy: () => void;
  /** Shows an error beside its field or file; false when it has none. */
  private readonly onFault: (error: SpectrahedronError) => boolean;
  private job: Job | undefined;
  private live: LiveView | undefined;

  constructor(pool: SolverPool, onBusy: () => void, onFault: (error: SpectrahedronError) => boolean) {
    this.pool = pool;
    this.onBusy = onBusy;
    this.onFault = onFault;
    this.element = h("div", { class: "run-panel" });
  }

  get busy(): boolean {
    return this.job !== undefined;
  }

  /** What stands here while there is no run. */
  showEmpty(content: HTMLElement): void {
    if (!this.busy) this.element.replaceChildren(content);
  }

  stop(): void {
    if (this.job === undefined || this.job.stopping) return;
    this.job.stop();
    announce("Stopping. The point reached so far will be shown.");
    this.element.querySelector(".stop")?.setAttribute("disabled", "");
    this.status("working", "Stopping \u2026");
  }

  /** Runs a job from its beginning, or from the checkpoint of an earlier part. */
  async start(request: JobRequest, earlier?: { readonly checkpoint: string; readonly live: LiveView }): Promise<void> {
    if (this.busy) return;
    const job = new Job(request);
    this.job = job;
    this.onBusy();
    const spec = specOf(request.task);
    const name = runName(request);
    const live = earlier?.live ?? new LiveView(spec, numberOf(request.parameters[spec.tolerance ?? ""]), `${name}-${request.task}`, announce);
    if (earlier !== undefined) live.continue();
    else this.live?.dispose();
    this.live = live;
    this.frame(job, live, name);
    announce(`${spec.title} started.`);
    this.bringIntoSight();
    const began = performance.now();
    const clock = setInterval(() => this.clock((performance.now() - began) / 1000), 250);
    this.clock(0);
    try {
      const outcome = await job.run(this.pool, (progress) => live.add(progress), earlier?.checkpoint);
      this.clock((performance.now() - began) / 1000);
      await new Promise((resolve) => requestAnimationFrame(resolve));
      live.finish(courseOf(outcome));
      await new Promise((resolve) => requestAnimationFrame(resolve));
      this.finished(job, live, name, outcome);
    } catch (error) {
      live.finish();
      this.failed(error);
    } finally {
      clearInterval(clock);
      this.job = undefined;
      this.element.querySelector(".stop")?.remove();
      this.onBusy();
    }
  }

  private frame(job: Job, live: LiveView, name: string): void {
    const stop = h("button", { type: "button", class: "secondary stop" }, "Stop");
    stop.addEventListener("click", () => this.stop());
    const title = h("h2", { id: "run-title" }, specOf(job.request.task).title, h("span", { class: "run-name" }, ` \u00b7 ${name}`));
    const status = h("p", { class: "status working" }, icon("working"), h("span", { class: "status-text" }, "Running"), h("span", { class: "clock" }));
    const actions = h("div", { class: "run-actions" }, stop);
    const head = h("header", { class: "run-head" }, h("div", {}, title, status), actions);
    const card = h("section", { class: "card run", "aria-labelledby": "run-title" }, head, live.element);
    this.element.replaceChildren(card, h("section", { class: "card course", "aria-label": "Course of the run" }, live.charts));
  }

  /** On a narrow page the run stands below the form. */
  private bringIntoSight(): void {
    if (this.element.getBoundingClientRect().top < innerHeight / 2) return;
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    this.element.scrollIntoView({ behavior, block: "start" });
  }

  private finished(job: Job, live: LiveView, name: string, outcome: TaskOutcome): void {
    const { task } = job.request;
    const words = statusWords(outcome.status);
    this.status(outcome.reached && outcome.status !== "violated" ? "good" : "partial", words);
    const { checkpoint } = job;
    if (checkpoint !== undefined && !outcome.reached) {
      const resume = h("button", { type: "button", class: "secondary resume" }, "Resume");
      resume.title = "Go on from the point reached so far";
      resume.addEventListener("click", () => void this.start(job.request, { checkpoint, live }));
      this.element.querySelector(".run-actions")?.append(resume);
    }
    const { result, more } = resultCards({ task, name }, outcome);
    live.element.replaceWith(result);
    const { spectrum } = outcome;
    if (spectrum !== undefined && spectrum.length > 0) more.unshift(() => spectrumCard(spectrum, name));
    void this.appendCards(more);
    announce(`Finished: ${words}. ${result.querySelector(".headline")?.textContent ?? ""}`);
  }

  /** One card a frame: together they would hold the page up. */
  private async appendCards(cards: readonly (() => HTMLElement)[]): Promise<void> {
    const { live } = this;
    for (const card of cards) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      if (this.live !== live || this.busy) return;
      this.element.append(card());
    }
  }

  private failed(error: unknown): void {
    const known = error instanceof SpectrahedronError;
    const message = error instanceof Error ? error.message : String(error);
    const placed = known && this.onFault(error);
    this.status("bad", known ? "Not run" : "Broken off");
    const alert = h("div", { class: "alert", role: "alert" }, h("strong", {}, placed ? "See the field marked on the form. " : ""), message);
    this.live?.element.replaceWith(alert);
    if (this.live?.charts.childElementCount === 0) this.element.querySelector(".course")?.remove();
  }

  private status(tone: Tone, text: string): void {
    const line = this.element.querySelector(".status");
    if (line === null) return;
    line.className = `status ${tone}`;
    line.querySelector("svg")?.replaceWith(icon(tone));
    const place = line.querySelector(".status-text");
    if (place !== null) setText(place, text);
  }

  private clock(seconds: number): void {
    const place = this.element.querySelector(".clock");
    if (place !== null) setText(place, seconds < 0.05 ? "" : formatSeconds(seconds < 1 ? seconds : Math.round(seconds * 10) / 10));
  }
}

function icon(tone: Tone): SVGSVGElement {
  const path = s("path", { d: ICONS[tone], fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round" });
  return s("svg", { viewBox: "0 0 20 20", width: 16, height: 16, "aria-hidden": "true" }, path);
}

function spectrumCard(spectrum: Float64Array, name: string): HTMLElement {
  const place = h("div", { class: "chart-place" });
  const draw = (): void => place.replaceChildren(spectrumChart(spectrum, Math.max(260, place.clientWidth), 220));
  new ResizeObserver(draw).observe(place);
  const save = saveButton("SVG", `${name}-spectrum.svg`, "image/svg+xml", () => {
    const chart = place.querySelector<SVGSVGElement>("svg.chart");
    return chart === null ? "" : standaloneSvg(chart, []);
  });
  save.classList.add("small");
  save.setAttribute("aria-label", "Save the spectrum as SVG");
  const note = `Of the slack of the largest semidefinite block, order ${spectrum.length}. Filled: ${numericalRank(spectrum)} above 10\u207b\u2076 times the largest; hollow: counted as zero.`;
  return h(
    "section",
    { class: "card spectrum", "aria-label": "Spectrum" },
    h("header", { class: "card-head" }, h("h3", {}, "Spectrum"), save),
    place,
    h("p", { class: "card-note" }, note),
  );
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Name of the input, or of what was typed in. */
function runName({ inputs, task }: JobRequest): string {
  const first = Object.values(inputs).at(0)?.name;
  return first === undefined ? (task === "minimize" ? "polynomial" : task) : first.replace(/(\.gz)?$/i, "").replace(/\.[\w-]+$/, "");
}
