import { h } from "./dom.ts";
import type { Example } from "./examples/index.ts";
import type { TaskSpec } from "./specs/task-spec.ts";

/** What stands beside the form before the first run: what the task is, and examples that run at a press. */
export function introduction(spec: TaskSpec, examples: readonly Example[], onTry: (example: Example) => void): HTMLElement {
  return h(
    "div",
    { class: "introduction" },
    h(
      "section",
      { class: "card", "aria-labelledby": "introduction-title" },
      h("h2", { id: "introduction-title" }, spec.title),
      h("p", { class: "about" }, spec.about),
      h("pre", { class: "statement" }, spec.statement.join("\n")),
      h("p", { class: "card-note" }, "Everything is computed in this browser; your files never leave this device. Drop one anywhere on the page."),
    ),
    h(
      "section",
      { "aria-labelledby": "gallery-title" },
      h("h3", { id: "gallery-title", class: "gallery-title" }, "Try an example"),
      h("ul", { class: "gallery", role: "list" }, ...examples.map((example) => h("li", {}, exampleButton(example, onTry)))),
    ),
  );
}

function exampleButton(example: Example, onTry: (example: Example) => void): HTMLButtonElement {
  const button = h(
    "button",
    { type: "button", class: "example" },
    h("span", { class: "example-title" }, example.title),
    h("span", { class: "example-note" }, example.note),
    h("span", { class: "example-run", "aria-hidden": "true" }, "Run \u2192"),
  );
  button.addEventListener("click", () => onTry(example));
  return button;
}
