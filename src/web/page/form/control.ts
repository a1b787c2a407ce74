import { h, setAttributes, setText, uniqueId } from "../dom.ts";
import type { FieldSpec } from "../specs/task-spec.ts";

/** What a parameter may be, as far as a form shows it. */
export interface FieldFacts {
  readonly default?: unknown;
  readonly values?: readonly string[];
}

/** What a control holds: a value, nothing (the default stands), or a text that is no value. */
export type Reading = { readonly value: unknown } | { readonly error: string };

/** One parameter of a task on the page. */
export interface Control {
  readonly spec: FieldSpec;
  readonly element: HTMLElement;
  read(): Reading;
  /** Shows a value; undefined gives the default back. */
  set(value: unknown): void;
  setError(message: string): void;
  focus(): void;
  /** Columns of the table, for the kinds that choose one. */
  setColumns(columns: readonly string[]): void;
}

type Input = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Builds the control of a parameter: label, input, help and a place for its error, tied together for screen readers. */
export function makeControl(spec: FieldSpec, facts: FieldFacts): Control {
  const id = uniqueId("field");
  const error = h("p", { class: "field-error", id: `${id}-error`, hidden: true });
  const help = spec.help === undefined ? undefined : h("p", { class: "field-help", id: `${id}-help` }, spec.help);
  const described = [help && `${id}-help`, `${id}-error`].filter(Boolean).join(" ");
  if (spec.kind === "checks") return checksControl(spec, facts, id, described, help, error);
  const input = makeInput(spec, facts);
  setAttributes(input, { id, "aria-describedby": described, name: spec.name });
  const label = h("label", { for: id, class: "field-label" }, spec.label, spec.unit !== undefined && h("span", { class: "unit" }, ` (${spec.unit})`));
  const wide = spec.wide === true || ["block", "lines"].includes(spec.kind);
  const element =
    spec.kind === "flag"
      ? h("div", { class: "field flag wide" }, h("div", { class: "flag-line" }, input, label), help, error)
      : h("div", { class: `field${wide ? " wide" : ""}` }, label, input, help, error);
  const control: Control = {
    spec,
    element,
    read: () => readInput(spec, input),
    set: (value) => showValue(spec, input, value ?? spec.start ?? facts.default),
    setError: (message) => showError(error, message, input),
    focus: () => input.focus(),
    setColumns: (columns) => {
      if (input instanceof HTMLSelectElement && (spec.kind === "column" || spec.kind === "columns")) fillColumns(input, columns);
    },
  };
  control.set(undefined);
  return control;
}

function showError(error: HTMLElement, message: string, input: Element): void {
  setText(error, message);
  error.hidden = message === "";
  setAttributes(input, { "aria-invalid": message !== "" && "true" });
}

function makeInput(spec: FieldSpec, { values = [], default: usual }: FieldFacts): Input {
  const { kind, placeholder } = spec;
  switch (kind) {
    case "choice": {
      const open = usual === undefined && spec.start === undefined;
      const options = values.map((value) => h("option", { value }, spec.choices?.[value] ?? value));
      return h("select", {}, ...(open ? [h("option", { value: "" }, placeholder ?? "Automatic")] : []), ...options);
    }
    case "column":
    case "columns":
      return h("select", {}, h("option", { value: "" }, "Choose a table first"));
    case "flag":
      return h("input", { type: "checkbox" });
    case "block":
    case "lines":
      return h("textarea", { rows: kind === "block" ? 3 : 2, spellcheck: "false", autocapitalize: "off", class: "mono", placeholder });
    case "number":
      return h("input", { type: "text", inputmode: "decimal", autocomplete: "off", class: "number", placeholder });
    case "numbers":
    case "numbersOrWord":
    case "names":
    case "text":
    case "checks":
      return h("input", { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", placeholder });
  }
}

function readInput({ kind, label }: FieldSpec, input: Input): Reading {
  if (input instanceof HTMLInputElement && kind === "flag") return { value: input.checked };
  const text = input.value.trim();
  if (text === "") return { value: undefined };
  const parts = (separator: RegExp): string[] => text.split(separator).map((part) => part.trim()).filter((part) => part !== "");
  switch (kind) {
    case "number": {
      const value = toNumber(text);
      return Number.isFinite(value) ? { value } : { error: `${label} needs a number, such as 0.01 or 1e-6.` };
    }
    case "numbers": {
      const values = parts(/[,;\s]+/).map(toNumber);
      return values.every(Number.isFinite) ? { value: values } : { error: `${label} needs numbers with commas between them.` };
    }
    case "numbersOrWord": {
      const values = parts(/[,;\s]+/).map(toNumber);
      return { value: values.every(Number.isFinite) ? values : text };
    }
    case "names":
      return { value: parts(/,/) };
    case "lines":
      return { value: parts(/\n/) };
    case "columns":
      return { value: [text] };
    case "text":
    case "block":
    case "choice":
    case "column":
    case "flag":
    case "checks":
      return { value: text };
  }
}

function toNumber(text: string): number {
  return text === "" ? NaN : Number(text.replace("\u2212", "-"));
}

function showValue({ kind }: FieldSpec, input: Input, value: unknown): void {
  if (input instanceof HTMLInputElement && kind === "flag") {
    input.checked = value === true || value === "true";
    return;
  }
  const entries = Array.isArray(value) ? value.map(String) : undefined;
  const text = entries ? entries.join(kind === "lines" ? "\n" : ", ") : value === undefined ? "" : numberText(value);
  // A column may be named before its table has been read.
  if (input instanceof HTMLSelectElement && (kind === "column" || kind === "columns") && text !== "") addOption(input, text);
  input.value = text;
}

function numberText(value: unknown): string {
  if (typeof value !== "number") return String(value);
  return value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6) ? value.toExponential().replace("e+", "e") : String(value);
}

function addOption(select: HTMLSelectElement, value: string): void {
  if (![...select.options].some((option) => option.value === value)) select.append(h("option", { value }, value));
}

/** The columns of a table; the last one, where targets use to stand, is taken unless the old choice is still there. */
function fillColumns(select: HTMLSelectElement, columns: readonly string[]): void {
  const before = select.value;
  const options = columns.map((value) => h("option", { value }, value));
  select.replaceChildren(...(options.length === 0 ? [h("option", { value: "" }, "Choose a table first")] : options));
  select.value = columns.includes(before) ? before : (columns.at(-1) ?? "");
}

function checksControl(
  spec: FieldSpec,
  { values = [], default: usual }: FieldFacts,
  id: string,
  described: string,
  help: HTMLElement | undefined,
  error: HTMLElement,
): Control {
  const boxes = values.map((value, k) => ({ value, box: h("input", { type: "checkbox", id: `${id}-${k}`, value }) }));
  const lines = boxes.map(({ value, box }) =>
    h("div", { class: "flag-line" }, box, h("label", { for: box.id }, spec.choices?.[value] ?? value)),
  );
  const legend = h("legend", { class: "field-label" }, spec.label);
  const element = h("fieldset", { class: "field wide checks", "aria-describedby": described }, legend, h("div", { class: "checks-line" }, ...lines), help, error);
  const control: Control = {
    spec,
    element,
    read: () => ({ value: boxes.filter(({ box }) => box.checked).map(({ value }) => value) }),
    set: (value) => {
      const chosen: readonly unknown[] = Array.isArray(value ?? usual) ? ((value ?? usual) as unknown[]) : [];
      for (const { value: name, box } of boxes) box.checked = chosen.includes(name);
    },
    setError: (message) => showError(error, message, element),
    focus: () => boxes[0]?.box.focus(),
    setColumns: () => undefined,
  };
  control.set(undefined);
  return control;
}
