import { h } from "../dom.ts";
export function benchmarkView(): HTMLElement {
  return h("section", { class: "card" }, h("h2", {}, "Benchmark"));
}
