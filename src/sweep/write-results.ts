import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { UnsupportedError } from "../errors.ts";
import { renderVegaLite } from "../report/figure.ts";
import { JournalWriteError, writeFaultText } from "./errors.ts";
import type { Expansion } from "./expand.ts";
import type { Journal } from "./journal.ts";
import type { PlanFile } from "./plan-file.ts";
import { resultLines } from "./results.ts";
import { Summarizer, summaryTable } from "./summary.ts";
import type { Summary } from "./summary.ts";
import { summaryFigures } from "./summary-figure.ts";

/** What lies in the folder of a sweep. */
export interface WrittenResults {
  readonly summary: Summary;
  readonly table: string;
  /** Paths, the results first. */
  readonly files: readonly string[];
}

/**
 * Writes what the journal holds for people and programs: `results.jsonl`, `summary.json`, `summary.txt` and
 * `figures/*.svg` (their specifications, `*.vl.json`, where Vega is not installed). The journal stays what counts: all
 * this can be made from it again.
 * @throws JournalWriteError where there is no room
 */
export async function writeResults(folder: string, file: PlanFile, expansion: Expansion, journal: Journal): Promise<WrittenResults> {
  const { plan, name } = file;
  const axes = [...new Set(expansion.jobs.flatMap(({ cell }) => Object.keys(cell)))];
  const summarizer = new Summarizer(plan.task, axes, plan.output.fields, plan.output.by);
  function* text(): Generator<string> {
    for (const line of resultLines(expansion.jobs, journal)) {
      summarizer.add(line);
      yield `${JSON.stringify(line)}\n`;
    }
  }
  try {
    const results = join(folder, "results.jsonl");
    await replace(results, (draft) => pipeline(Readable.from(text()), createWriteStream(draft)));
    const summary = summarizer.summary();
    const table = summaryTable(summary);
    const files = [results];
    const add = async (path: string, content: string): Promise<void> => {
      await replace(path, (draft) => writeFile(draft, content));
      files.push(path);
    };
    await add(join(folder, "summary.json"), `${JSON.stringify({ name, task: plan.task, ...summary }, undefined, 1)}\n`);
    await add(join(folder, "summary.txt"), `${table}\n`);
    const figures = summary.cells.length === 0 ? [] : summaryFigures(summary, plan.description ?? name, plan.output.figures);
    if (figures.length > 0) await mkdir(join(folder, "figures"), { recursive: true });
    for (const { name: called, spec } of figures) {
      const svg = await drawn(spec);
      await add(join(folder, "figures", `${called}.${svg === undefined ? "vl.json" : "svg"}`), svg ?? JSON.stringify(spec));
    }
    return { summary, table, files };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
    throw new JournalWriteError(
      `the results cannot be written to ${folder}: ${writeFaultText(cause)}. ` +
        "The journal holds them all; make room and run the sweep again with --resume",
      { file: folder },
      { cause },
    );
  }
}

async function drawn(spec: Parameters<typeof renderVegaLite>[0]): Promise<string | undefined> {
  try {
    return await renderVegaLite(spec);
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  }
}

/** Readers see the old file or the whole new one. */
async function replace(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${path}.${process.pid}.part`;
  try {
    await write(draft);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
