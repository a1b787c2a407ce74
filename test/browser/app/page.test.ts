import { afterAll, beforeAll, describe } from "vitest";
import { testBrowser } from "../harness.ts";
import { accessibilityTests } from "./suites/accessibility.ts";
import { benchmarkTests } from "./suites/benchmark.ts";
import { faultTests } from "./suites/faults.ts";
import { inputTests } from "./suites/inputs.ts";
import { offlineTests } from "./suites/offline.ts";
import { runTests } from "./suites/runs.ts";
import { taskTests } from "./suites/tasks.ts";
import { Site } from "./site.ts";

const browser = testBrowser();

/** One build and one browser for all of them. */
describe.skipIf(browser === undefined)("the page", { timeout: 60_000 }, () => {
  let site: Site | undefined;
  const opened = (): Site => {
    if (site === undefined) throw new Error("The site was not opened.");
    return site;
  };

  beforeAll(async () => {
    if (browser !== undefined) site = await Site.open(browser);
  }, 120_000);

  afterAll(() => site?.close());

  taskTests(opened);
  runTests(opened);
  inputTests(opened);
  faultTests(opened);
  accessibilityTests(opened);
  offlineTests(opened);
  benchmarkTests(opened);
});
