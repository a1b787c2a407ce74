import { byId } from "./dom.ts";

const TABS = ["workbench", "benchmark"] as const;
type Tab = (typeof TABS)[number];

let benchmark: Promise<HTMLElement> | undefined;

/** Shows the part of the page that the address names: the benchmark, or the workbench for everything else. */
export function openTab(hash: string): void {
  const tab: Tab = hash.startsWith("#benchmark") ? "benchmark" : "workbench";
  for (const name of TABS) {
    byId(`${name}-view`).hidden = name !== tab;
    const link = byId(`${name}-tab`);
    if (name === tab) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (tab === "benchmark") void showBenchmark();
}

/** The two links at the top switch the view without touching what is set up in the other one. */
export function watchTabs(): void {
  for (const name of TABS) {
    byId(`${name}-tab`).addEventListener("click", (event) => {
      event.preventDefault();
      history.pushState(null, "", `#${name}`);
      openTab(`#${name}`);
    });
  }
  addEventListener("popstate", () => openTab(location.hash));
}

async function showBenchmark(): Promise<void> {
  benchmark ??= import("./benchmark/benchmark-view.ts").then(({ benchmarkView }) => benchmarkView());
  const view = await benchmark;
  if (view.parentElement === null) byId("benchmark-view").append(view);
}
