import { parameterWords } from "../../../tasks/parameters.ts";
import { schemaFaults } from "../../../tasks/schema-fault.ts";
import type { Task } from "../../../tasks/task.ts";
import { h } from "../dom.ts";
import type { TaskSpec } from "../specs/task-spec.ts";
import { makeControl } from "./control.ts";
import type { Control } from "./control.ts";
import { schemaFacts } from "./schema-facts.ts";

/** Where to compute is asked for once, for all tasks. */
const PLACEMENT: readonly string[] = ["backend", "threads"];

/** The parameters of a task as a form. */
export class ParameterForm {
  readonly element: HTMLElement;
  private readonly task: Task;
  /** Whether the number of threads is a parameter of the task too. */
  readonly takesThreads: boolean;
  private readonly controls: readonly Control[];
  private readonly more: HTMLDetailsElement | undefined;

  constructor(task: Task, spec: TaskSpec) {
    this.task = task;
    const facts = schemaFacts(task);
    const described = spec.fields.filter(({ name }) => facts.names.includes(name));
    const others = facts.names.filter((name) => !PLACEMENT.includes(name) && described.every((field) => field.name !== name));
    const fields = [...described, ...others.map((name) => facts.field(name))];
    this.controls = fields.map((field) => makeControl(field, facts.of(field.name)));
    this.takesThreads = facts.names.includes("threads");
    const grid = (controls: readonly Control[]): HTMLElement =>
      h("div", { class: "field-grid" }, ...controls.map(({ element }) => element));
    const main = this.controls.filter(({ spec: { more } }) => more !== true);
    const rest = this.controls.filter(({ spec: { more } }) => more === true);
    this.more = rest.length === 0 ? undefined : h("details", { class: "more" }, h("summary", {}, "More settings"), grid(rest));
    this.element = h("div", { class: "parameters" }, grid(main), this.more);
    this.element.addEventListener("input", (event) => {
      // An error goes as soon as its field is edited.
      this.controls.find(({ element }) => element.contains(event.target as Node))?.setError("");
    });
  }

  /** Fills the form; parameters that are not named go back to their defaults. */
  set(values: Readonly<Record<string, unknown>>): void {
    for (const control of this.controls) {
      control.set(values[control.spec.name]);
      control.setError("");
    }
  }

  setColumns(columns: readonly string[]): void {
    for (const control of this.controls) control.setColumns(columns);
  }

  /** The parameters as the task's schema takes them, or undefined with every fault shown beside its field. */
  read(): Readonly<Record<string, unknown>> | undefined {
    const values: Record<string, unknown> = {};
    const wrong = new Map<string, string>();
    for (const { spec, read } of this.controls) {
      const reading = read();
      if ("error" in reading) wrong.set(spec.name, reading.error);
      else if (reading.value !== undefined) values[spec.name] = reading.value;
    }
    const parsed = this.task.parameters.safeParse(values);
    if (!parsed.success) {
      for (const { path, message } of schemaFaults(this.task.parameters, values, parsed.error, parameterWords)) {
        const name = String(path[0] ?? "");
        if (!wrong.has(name)) wrong.set(name, message);
      }
    }
    for (const control of this.controls) control.setError(this.sentence(control, wrong.get(control.spec.name)));
    const first = this.controls.find(({ spec }) => wrong.has(spec.name));
    if (first === undefined) return wrong.size === 0 ? values : this.unplaced(wrong);
    this.reveal(first);
    return undefined;
  }

  /** Shows a fault that the task found beside its field; false when the form has no such field. */
  showFault(field: string, message: string): boolean {
    const name = field.split(/[.[]/)[0];
    const control = this.controls.find(({ spec }) => spec.name === name);
    if (control === undefined) return false;
    control.setError(message);
    this.reveal(control);
    return true;
  }

  private reveal(control: Control): void {
    if (control.spec.more === true && this.more !== undefined) this.more.open = true;
    control.focus();
  }

  private sentence({ spec }: Control, message: string | undefined): string {
    // The schema names the parameter; a person reads its label.
    return message === undefined ? "" : capital(message.replace(new RegExp(`^${spec.name}\\b`), spec.label));
  }

  private unplaced(wrong: ReadonlyMap<string, string>): never {
    throw new Error([...wrong.values()].join("; "));
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
