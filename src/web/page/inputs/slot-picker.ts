import type { InputSlot, TaskInput } from "../../../tasks/task.ts";
import { h, setText, uniqueId } from "../dom.ts";
import { formatBytes } from "../format.ts";

/** One input of a task: a place to drop or choose its file. */
export class SlotPicker {
  readonly slot: InputSlot;
  readonly element: HTMLElement;
  private current: TaskInput | undefined;
  private readonly fileName: HTMLElement;
  private readonly detail: HTMLElement;
  private readonly remove: HTMLButtonElement;
  private readonly file: HTMLInputElement;
  private readonly error: HTMLElement;
  private readonly onChange: (slot: SlotPicker) => void;

  constructor(slot: InputSlot, label: string, onChange: (slot: SlotPicker) => void, onFile: (file: File, slot: string) => void) {
    this.slot = slot;
    this.onChange = onChange;
    const id = uniqueId("file");
    this.file = h("input", {
      type: "file",
      id,
      class: "file-input",
      accept: slot.endings.flatMap((ending) => acceptance(ending)).join(","),
      "aria-describedby": `${id}-detail ${id}-error`,
    });
    this.fileName = h("span", { class: "slot-file" });
    this.detail = h("span", { class: "slot-detail", id: `${id}-detail` });
    this.error = h("p", { class: "field-error", id: `${id}-error`, hidden: true });
    this.remove = h("button", { type: "button", class: "quiet slot-remove", "aria-label": `Remove the file of ${label}` }, "Remove");
    const title = h("span", { class: "slot-label" }, label, slot.required ? undefined : h("span", { class: "unit" }, " (optional)"));
    const text = h("label", { for: id, class: "slot-text" }, title, this.fileName, this.detail);
    this.element = h("div", { class: slot.required ? "slot" : "slot optional", "data-slot": slot.name }, this.file, h("div", { class: "slot-box" }, text, this.remove), this.error);
    this.file.addEventListener("change", () => {
      const chosen = this.file.files?.[0];
      this.file.value = "";
      if (chosen) onFile(chosen, slot.name);
    });
    this.remove.addEventListener("click", () => {
      this.set(undefined);
      this.file.focus();
    });
    this.show();
  }

  get input(): TaskInput | undefined {
    return this.current;
  }

  set(input: TaskInput | undefined): void {
    this.current = input;
    this.setError("");
    this.show();
    this.onChange(this);
  }

  setError(message: string): void {
    setText(this.error, message);
    this.error.hidden = message === "";
    this.element.classList.toggle("wrong", message !== "");
    if (message !== "") this.file.setAttribute("aria-invalid", "true");
    else this.file.removeAttribute("aria-invalid");
  }

  focus(): void {
    this.file.focus();
  }

  private show(): void {
    const { current, slot } = this;
    this.element.classList.toggle("filled", current !== undefined);
    setText(this.fileName, current?.name ?? (slot.required ? "Drop a file here or choose one" : "Choose a file"));
    setText(this.detail, current === undefined ? capital(slot.description) : formatBytes(current.bytes.length));
    this.remove.hidden = current === undefined;
  }
}

/** What a file dialogue understands: it knows only the last ending of a name. */
function acceptance(ending: string): string[] {
  return [`.${ending}`, `.${ending.slice(ending.lastIndexOf(".") + 1)}`];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
