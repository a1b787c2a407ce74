import type { WebBackend, WebCapabilities } from "../api/client.ts";
import { h, setText, uniqueId } from "./dom.ts";
import type { Placement, SolverPool } from "./run/solver-pool.ts";

const BACKENDS: readonly (readonly [WebBackend, string])[] = [
  ["auto", "Automatic"],
  ["webgpu", "WebGPU"],
  ["webgl", "WebGL2"],
  ["cpu", "WebAssembly"],
];

/** Where to compute, and what the browser offers for it. */
export class PlacementForm {
  readonly element: HTMLElement;
  private readonly pool: SolverPool;
  private readonly backend: HTMLSelectElement;
  private readonly threads: HTMLInputElement;
  private readonly threadsError: HTMLElement;
  private readonly adapter: HTMLElement;
  private asked = 0;

  constructor(pool: SolverPool) {
    this.pool = pool;
    const id = uniqueId("placement");
    this.backend = h("select", { id: `${id}-backend`, name: "backend" }, ...BACKENDS.map(([value, text]) => h("option", { value }, text)));
    this.threads = h("input", {
      type: "text",
      inputmode: "numeric",
      id: `${id}-threads`,
      name: "threads",
      placeholder: "automatic",
      autocomplete: "off",
      class: "number",
      "aria-describedby": `${id}-error`,
    });
    this.threadsError = h("p", { class: "field-error", id: `${id}-error`, hidden: true });
    this.adapter = h("p", { class: "adapter", role: "status" }, "Looking for what this browser can compute with \u2026");
    const field = (label: string, input: HTMLElement, ...more: HTMLElement[]): HTMLElement =>
      h("div", { class: "field" }, h("label", { for: input.id, class: "field-label" }, label), input, ...more);
    const grid = h("div", { class: "field-grid" }, field("Backend", this.backend), field("Threads", this.threads, this.threadsError));
    this.element = h("section", { class: "setup-section" }, h("h2", {}, "Computer"), grid, this.adapter);
    this.backend.addEventListener("change", () => void this.inspect());
    this.threads.addEventListener("change", () => void this.inspect());
  }

  /** The choice, or undefined with its fault shown. */
  read(): Placement | undefined {
    const text = this.threads.value.trim();
    const threads = text === "" ? undefined : Number(text);
    const valid = threads === undefined || (Number.isInteger(threads) && threads >= 1 && threads <= 64);
    this.threadsError.hidden = valid;
    setText(this.threadsError, valid ? "" : "A whole number from 1 to 64, or nothing.");
    if (valid) this.threads.removeAttribute("aria-invalid");
    else this.threads.setAttribute("aria-invalid", "true");
    return valid ? { backend: this.backend.value as WebBackend, threads } : undefined;
  }

  /** Starts a worker for the choice and shows what it found. */
  async inspect(): Promise<WebCapabilities | undefined> {
    const placement = this.read();
    if (placement === undefined) return undefined;
    const turn = ++this.asked;
    try {
      const capabilities = await this.pool.capabilities(placement);
      if (turn === this.asked) this.show(capabilities.explanation, true);
      return capabilities;
    } catch (error) {
      if (turn === this.asked) this.show(error instanceof Error ? error.message : String(error), false);
      return undefined;
    }
  }

  private show(text: string, available: boolean): void {
    setText(this.adapter, text);
    this.adapter.classList.toggle("missing", !available);
  }
}
