import type { Task, TaskInput } from "../../../tasks/task.ts";
import { h, uniqueId } from "../dom.ts";
import { examples } from "../examples/index.ts";
import type { Example } from "../examples/index.ts";
import type { TaskSpec } from "../specs/task-spec.ts";
import { SlotPicker } from "./slot-picker.ts";

export interface InputPanelEvents {
  readonly onExample: (example: Example) => void;
  /** A file was chosen for a slot. */
  readonly onFile: (file: File, slot: string) => void;
  /** The input of a slot was set or removed. */
  readonly onInput: (slot: string, input: TaskInput | undefined) => void;
}

/** Example and files of a task. */
export class InputPanel {
  readonly element: HTMLElement;
  private readonly select: HTMLSelectElement;
  private readonly note: HTMLElement;
  private readonly slots: readonly SlotPicker[];
  private readonly offered: readonly Example[];
  private filling = false;

  constructor(task: Task, spec: TaskSpec, events: InputPanelEvents) {
    const id = uniqueId("example");
    this.offered = examples.filter((example) => example.task === task.name);
    this.note = h("p", { class: "field-help", id: `${id}-note` });
    this.select = h(
      "select",
      { id, "aria-describedby": `${id}-note`, name: "example" },
      h("option", { value: "" }, "My own"),
      ...this.offered.map(({ id: value, title }) => h("option", { value }, title)),
    );
    this.select.addEventListener("change", () => {
      const chosen = this.offered.find(({ id: value }) => value === this.select.value);
      if (chosen) events.onExample(chosen);
      else this.showExample(undefined);
    });
    this.slots = task.inputs.map(
      (slot) =>
        new SlotPicker(
          slot,
          spec.slots[slot.name] ?? slot.name,
          ({ input }) => {
            if (!this.filling) this.showExample(undefined);
            events.onInput(slot.name, input);
          },
          events.onFile,
        ),
    );
    this.element = h(
      "div",
      { class: "input-panel" },
      h("div", { class: "field wide" }, h("label", { for: id, class: "field-label" }, "Example"), this.select, this.note),
      ...this.slots.map(({ element }) => element),
    );
  }

  /** The inputs that are there. */
  get inputs(): Readonly<Record<string, TaskInput>> {
    const given = this.slots.flatMap(({ slot, input }) => (input === undefined ? [] : [[slot.name, input] as const]));
    return Object.fromEntries(given);
  }

  set(slot: string, input: TaskInput): void {
    this.slots.find((picker) => picker.slot.name === slot)?.set(input);
  }

  /** Puts an example's files into all slots. */
  fill(example: Example, inputs: Readonly<Record<string, TaskInput | undefined>>): void {
    this.filling = true;
    for (const picker of this.slots) picker.set(inputs[picker.slot.name]);
    this.filling = false;
    this.showExample(example);
  }

  /** Tells which required files are missing; true when none is. */
  check(): boolean {
    const missing = this.slots.filter(({ slot, input }) => slot.required && input === undefined);
    for (const picker of missing) picker.setError("This file is needed. Choose one, or start from an example.");
    missing[0]?.focus();
    return missing.length === 0;
  }

  /** Shows a fault of a file beside it; false when no slot holds a file of this name. */
  showFault(file: string, message: string): boolean {
    const picker = this.slots.find(({ input, slot }) => input?.name === file || slot.name === file);
    picker?.setError(message);
    return picker !== undefined;
  }

  private showExample(example: Example | undefined): void {
    this.select.value = example?.id ?? "";
    this.note.textContent = example?.note ?? "";
    this.note.hidden = example === undefined;
  }
}
