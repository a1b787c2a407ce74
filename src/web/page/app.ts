import type { SpectrahedronError } from "../../errors.ts";
import { loadTask } from "../../tasks/registry.ts";
import type { Task, TaskInput, TaskName } from "../../tasks/task.ts";
import { h, setText } from "./dom.ts";
import { examples } from "./examples/index.ts";
import type { Example } from "./examples/index.ts";
import { ParameterForm } from "./form/form.ts";
import { InputPanel } from "./inputs/input-panel.ts";
import { recognise } from "./inputs/recognise.ts";
import { columnsOf } from "./inputs/table-header.ts";
import { announce } from "./run/announce.ts";
import { RunPanel } from "./run/run-panel.ts";
import { SolverPool } from "./run/solver-pool.ts";
import { introduction } from "./introduction.ts";
import { PlacementForm } from "./placement-form.ts";
import { specOf, taskSpecs } from "./specs/index.ts";

/** The form and input of a task, kept while another one is looked at. */
interface TaskView {
  readonly task: Task;
  readonly inputs: InputPanel;
  readonly form: ParameterForm;
  readonly panel: RunPanel;
  readonly element: HTMLElement;
}

/** The page's main part: task, input and settings on one side, the run on the other. */
export class App {
  readonly element: HTMLElement;
  private readonly pool = new SolverPool();
  private readonly placement: PlacementForm;
  /** Each task has its own run: several may go on at once. */
  private readonly panels: RunPanel[] = [];
  private readonly views = new Map<TaskName, Promise<TaskView>>();
  private readonly opened = new Set<TaskName>();
  private readonly place = h("div", { class: "task-view" });
  private readonly panelPlace = h("div", { class: "panel-place" });
  private readonly runButton = h("button", { type: "submit", class: "primary run-button" }, "Run");
  private readonly radios = new Map<TaskName, HTMLInputElement>();
  private readonly tagline = h("p", { class: "task-tagline" });
  private current: TaskName = "solve";
  private shown: TaskView | undefined;

  constructor() {
    this.placement = new PlacementForm(this.pool);
    const form = h(
      "form",
      { class: "setup", novalidate: true, "aria-label": "Set-up of a run" },
      h("div", { class: "setup-scroll" }, this.taskPicker(), this.place, this.placement.element),
      h("div", { class: "run-bar" }, this.runButton),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.run();
    });
    // While a run goes on the button is none that Enter in a field would press.
    this.runButton.addEventListener("click", () => {
      if (this.runButton.type === "button") this.shown?.panel.stop();
    });
    this.element = h("div", { class: "workbench" }, form, this.panelPlace);
    this.acceptDrops();
  }

  /** Shows what the address names, or the first task with its first example. */
  async open(hash: string): Promise<void> {
    const [name, exampleId] = hash.replace(/^#\/?/, "").split("/");
    const spec = taskSpecs.find((known) => known.name === name);
    await this.show(spec?.name ?? "solve", exampleId);
  }

  /** Looks for what the browser can compute with. */
  inspect(): void {
    void this.placement.inspect();
  }

  private taskPicker(): HTMLElement {
    const options = taskSpecs.map(({ name, title, tagline }) => {
      const radio = h("input", { type: "radio", name: "task", value: name, id: `task-${name}`, checked: name === this.current });
      radio.addEventListener("change", () => void this.show(name));
      this.radios.set(name, radio);
      return h("div", { class: "task-option", title: tagline }, radio, h("label", { for: radio.id }, title));
    });
    return h("fieldset", { class: "task-picker" }, h("legend", {}, "Task"), h("div", { class: "task-grid" }, ...options), this.tagline);
  }

  private async show(name: TaskName, exampleId?: string): Promise<TaskView> {
    this.current = name;
    const radio = this.radios.get(name);
    if (radio) radio.checked = true;
    setText(this.tagline, specOf(name).tagline);
    const view = await this.viewOf(name);
    if (this.current !== name) return view;
    const fresh = !this.opened.has(name);
    this.opened.add(name);
    const offered = examples.filter(({ task }) => task === name);
    if (this.shown !== view) {
      this.shown = view;
      this.place.replaceChildren(view.element);
      this.panelPlace.replaceChildren(view.panel.element);
      if (fresh) view.panel.showEmpty(introduction(specOf(name), offered, (example) => void this.tryOut(view, example)));
      this.showBusy();
      remember(name);
    }
    const wanted = offered.find(({ id }) => id === exampleId) ?? (fresh ? offered.at(0) : undefined);
    if (wanted) await this.useExample(view, wanted);
    return view;
  }

  private viewOf(name: TaskName): Promise<TaskView> {
    let view = this.views.get(name);
    if (view === undefined) {
      view = loadTask(name).then((task) => this.makeView(task));
      this.views.set(name, view);
      view.catch(() => this.views.delete(name));
    }
    return view;
  }

  private makeView(task: Task): TaskView {
    const spec = specOf(task.name);
    const form = new ParameterForm(task, spec);
    const inputs: InputPanel = new InputPanel(task, spec, {
      onExample: (example) => void this.useExample(view, example),
      onFile: (file, slot) => void this.takeFile(file, slot),
      onInput: (slot, input) => {
        if (slot === "data") void (input === undefined ? Promise.resolve([]) : columnsOf(input)).then((columns) => form.setColumns(columns));
      },
    });
    const element = h("div", {}, section("Input", inputs.element), section("Settings", form.element));
    const panel = new RunPanel(this.pool, () => this.showBusy(), (error) => showFault(view, error));
    this.panels.push(panel);
    const view: TaskView = { task, inputs, form, panel, element };
    return view;
  }

  private async useExample(view: TaskView, example: Example): Promise<void> {
    try {
      const { inputs, parameters } = await example.load();
      view.inputs.fill(example, inputs);
      if (inputs["data"]) view.form.setColumns(await columnsOf(inputs["data"]));
      view.form.set(parameters);
      remember(`${example.task}/${example.id}`);
    } catch (error) {
      announce(messageOf(error));
      view.panel.showEmpty(h("div", { class: "card alert", role: "alert" }, messageOf(error)));
    }
  }

  private async tryOut(view: TaskView, example: Example): Promise<void> {
    await this.useExample(view, example);
    this.runButton.focus();
    await this.run();
  }

  /** One after another: the first may change the task that the next one belongs to. */
  private async takeFiles(files: readonly File[], slot: string | undefined): Promise<void> {
    for (const file of files) await this.takeFile(file, slot);
  }

  /** A chosen file goes into its slot; a dropped one to the task that reads it, the present one if it can. */
  private async takeFile(file: File, slot?: string): Promise<void> {
    const view = await this.viewOf(this.current);
    let input: TaskInput;
    try {
      input = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
    } catch {
      announce(`${file.name} cannot be read.`);
      return;
    }
    if (slot !== undefined) {
      view.inputs.set(slot, input);
      return;
    }
    const places = recognise(input);
    const place = places.find(({ task }) => task === this.current) ?? places.at(0);
    if (place === undefined) {
      const first = view.task.inputs[0];
      view.inputs.set(first.name, input);
      view.inputs.showFault(first.name, `${file.name} is not of a kind that is known by its name. ${first.description} was expected.`);
      return;
    }
    const target = await this.show(place.task);
    target.inputs.set(place.slot, input);
    announce(`${file.name} is the ${specOf(place.task).slots[place.slot] ?? place.slot} of ${specOf(place.task).title}.`);
  }

  private acceptDrops(): void {
    let depth = 0;
    const mark = (on: boolean): void => void document.body.classList.toggle("dropping", on);
    document.addEventListener("dragenter", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      depth++;
      mark(true);
    });
    document.addEventListener("dragleave", () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) mark(false);
    });
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      depth = 0;
      mark(false);
      const slot = (event.target as Element | null)?.closest<HTMLElement>("[data-slot]")?.dataset["slot"];
      void this.takeFiles([...(event.dataTransfer?.files ?? [])], slot);
    });
  }

  private async run(): Promise<void> {
    const view = await this.viewOf(this.current);
    if (!view.inputs.check()) return announce("A file is missing.");
    const parameters = view.form.read();
    const placement = this.placement.read();
    if (parameters === undefined || placement === undefined) return announce("A setting cannot be used as it is; see the message beside it.");
    const { threads } = placement;
    const whole = { ...parameters, ...(view.form.takesThreads && threads !== undefined && { threads }) };
    await view.panel.start({ task: view.task.name, parameters: whole, inputs: view.inputs.inputs, placement });
  }

  /** The button belongs to the task that is shown; the title tells of every run. */
  private showBusy(): void {
    const busy = this.shown?.panel.busy === true;
    setText(this.runButton, busy ? "Stop" : "Run");
    this.runButton.classList.toggle("stopping", busy);
    this.runButton.type = busy ? "button" : "submit";
    const running = this.panels.some((panel) => panel.busy);
    document.title = running ? "Running \u2013 spectrahedron" : "spectrahedron";
  }
}

/** Puts what is shown into the address, for bookmarks; the benchmark has its own. */
function remember(name: string): void {
  if (!location.hash.startsWith("#benchmark")) history.replaceState(null, "", `#${name}`);
}

/** Shows an error beside the file or the field that it is about; false when there is none. */
function showFault({ inputs, form }: TaskView, { location: { file, field }, message }: SpectrahedronError): boolean {
  if (file !== undefined && inputs.showFault(file, message)) return true;
  return field !== undefined && (form.showFault(field, message) || inputs.showFault(field, message));
}

function section(title: string, content: HTMLElement): HTMLElement {
  return h("section", { class: "setup-section" }, h("h2", {}, title), content);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
