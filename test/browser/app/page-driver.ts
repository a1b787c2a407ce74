import { join } from "node:path";
import type { Page } from "puppeteer";

/** What the page's own recorder keeps, see {@link PageDriver.prepare}. */
interface Recorder {
  readonly longTasks: { readonly start: number; readonly duration: number }[];
}

declare const recorder: Recorder;

export interface RunState {
  readonly status: string;
  readonly headline: string;
  /** Label → value of the result. */
  readonly facts: Readonly<Record<string, string>>;
  readonly notes: string;
  /** Milliseconds between the press of the button and the result. */
  readonly milliseconds: number;
}

/** Uses the page as a person does. */
export class PageDriver {
  readonly page: Page;
  /** Errors that the page did not catch, and what it wrote to the console as errors. */
  readonly errors: string[] = [];
  readonly close: () => Promise<void>;
  private readonly pictures: string;

  constructor(page: Page, close: () => Promise<void>, pictures: string) {
    this.page = page;
    this.close = close;
    this.pictures = pictures;
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(message.text());
    });
  }

  /** Records tasks of the main thread that take longer than 50 ms; keeps the page from staying unless it may. */
  async prepare(offline: boolean): Promise<void> {
    if (!offline) await this.page.evaluateOnNewDocument(() => void Reflect.deleteProperty(Navigator.prototype, "serviceWorker"));
    await this.page.evaluateOnNewDocument(() => {
      const longTasks: { start: number; duration: number }[] = [];
      Object.assign(globalThis, { recorder: { longTasks } });
      new PerformanceObserver((list) => {
        for (const { startTime, duration } of list.getEntries()) longTasks.push({ start: startTime, duration });
      }).observe({ type: "longtask", buffered: true });
    });
  }

  /** Waits until the form can be used. */
  async ready(): Promise<void> {
    await this.page.waitForFunction(() => performance.getEntriesByName("interactive").length > 0);
  }

  /** Milliseconds from the start of the navigation until the page could be used. */
  interactiveAfter(): Promise<number> {
    return this.page.evaluate(() => performance.getEntriesByName("interactive")[0].startTime);
  }

  /** The longest task of the main thread since this moment of the page's clock, milliseconds; 0 below 50. */
  longestTask(since: number): Promise<number> {
    return this.page.evaluate(
      (from) => recorder.longTasks.reduce((most, { start, duration }) => (start >= from ? Math.max(most, duration) : most), 0),
      since,
    );
  }

  now(): Promise<number> {
    return this.page.evaluate(() => performance.now());
  }

  /** Sets a field of the form by the name of its parameter. */
  async fill(name: string, value: string): Promise<void> {
    const set = await this.page.evaluate(
      (field, text) => {
        const selector = `.setup [name="${field}"]`;
        const input = document.querySelector<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>(selector);
        if (input === null) return false;
        input.value = text;
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.dispatchEvent(new Event("change", { bubbles: true }));
        return input.value === text;
      },
      name,
      value,
    );
    if (!set) throw new Error(`The field ${name} does not take "${value}".`);
  }

  async chooseTask(name: string): Promise<void> {
    await this.page.click(`#task-${name}`);
    await this.page.waitForFunction((task) => document.querySelector(`#task-${task}`)?.matches(":checked") === true, {}, name);
  }

  async pressRun(): Promise<void> {
    await this.page.click(".run-button");
  }

  /** Presses Run and waits for the end. */
  async run(timeout = 30_000): Promise<RunState> {
    const before = Date.now();
    await this.pressRun();
    return this.finished(before, timeout);
  }

  async finished(since = Date.now(), timeout = 30_000): Promise<RunState> {
    await this.page.waitForSelector(".status:not(.working)", { timeout });
    await this.page.waitForFunction(() => document.querySelector(".run-button")?.textContent === "Run");
    await this.page.waitForSelector(".run-panel :is(.record, .alert)");
    const milliseconds = Date.now() - since;
    const state = await this.page.evaluate(() => {
      const text = (selector: string): string => document.querySelector(selector)?.textContent ?? "";
      const facts = [...document.querySelectorAll(".fact")].map((fact) => [
        fact.querySelector("dt")?.textContent ?? "",
        fact.querySelector("dd")?.textContent ?? "",
      ]);
      return {
        status: text(".status-text"),
        headline: text(".headline"),
        facts: Object.fromEntries(facts) as Record<string, string>,
        notes: text(".notes"),
      };
    });
    return { ...state, milliseconds };
  }

  /** Waits until the run tells at least this many iterations. */
  async waitForIterations(count: number): Promise<void> {
    await this.page.waitForFunction(
      (least) => {
        const tile = [...document.querySelectorAll(".tile")].find((t) => t.querySelector("dt")?.textContent === "iteration");
        return Number(tile?.querySelector("dd")?.textContent ?? 0) >= least;
      },
      { polling: 20, timeout: 30_000 },
      count,
    );
  }

  /** Presses Stop as soon as the run tells this many iterations: from within the page, so that no message comes too late. */
  async stopAtIterations(count: number): Promise<void> {
    await this.page.evaluate((least) => {
      const panel = document.querySelector(".run-panel") as HTMLElement;
      const watch = new MutationObserver(() => {
        const tile = [...panel.querySelectorAll(".tile")].find((t) => t.querySelector("dt")?.textContent === "iteration");
        if (Number(tile?.querySelector("dd")?.textContent ?? 0) < least) return;
        watch.disconnect();
        panel.querySelector<HTMLButtonElement>(".stop")?.click();
      });
      watch.observe(panel, { childList: true, subtree: true, characterData: true });
    }, count);
  }

  /** Drops a file on the page. */
  async drop(name: string, text: string): Promise<void> {
    await this.page.evaluate(
      (file, content) => {
        const data = new DataTransfer();
        data.items.add(new File([content], file));
        for (const type of ["dragenter", "dragover", "drop"]) {
          document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
        }
      },
      name,
      text,
    );
  }

  async text(selector: string): Promise<string> {
    return this.page.$eval(selector, (element) => element.textContent ?? "");
  }

  /** A picture of the whole page among the artefacts of the tests. */
  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: join(this.pictures, `${name}.png`), fullPage: true });
  }

  /** Pixels that the page is wider than its window. */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  }
}
