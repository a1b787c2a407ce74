// Writes guide/generated/benchmarks.md from the files of bench/results: `npm run docs` does so first.
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sections } from "./sections.ts";
import { at, text } from "./tables.ts";
import type { Json, JsonObject } from "./tables.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const results = join(root, "bench", "results");

async function linesOf(file: string): Promise<JsonObject[]> {
  const content = await readFile(join(results, file), "utf8");
  if (!file.endsWith(".jsonl")) return [JSON.parse(content) as JsonObject];
  return content.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as JsonObject);
}

/** Command, date and machine of a file. */
function provenance(file: string, [head]: readonly JsonObject[]): string {
  const machine: Json | undefined = head["machine"];
  const where =
    typeof machine === "string"
      ? machine
      : `${text(at(machine, "cpu"))}, ${text(at(machine, "cores"))} cores, Node ${text(at(machine, "node"))}`;
  const date = text(head["date"]).slice(0, 10);
  return `- \`${file}\`: \`${text(head["command"])}\`${date === "–" ? "" : `, ${date}`}, ${where}`;
}

const parts = [
  "---",
  "title: Benchmarks",
  "---",
  "",
  "# Benchmarks",
  "",
  "Made from the files in `bench/results`, each with the command that wrote it. Seconds are of the machine named (✗: the answer was not right); ratios",
  "were taken in the same run. Peers may have been built for other goals and accuracies: statuses and errors are beside the",
  "times for that reason.",
];
for (const section of sections) {
  if (!section.files.every((file) => existsSync(join(results, file)))) continue;
  const contents = await Promise.all(section.files.map(linesOf));
  const body = section.render(contents);
  if (body === undefined) continue;
  parts.push("", `## ${section.title}`, "", body, "", ...section.files.map((file, k) => provenance(file, contents[k])));
}
const figures = (await readdir(results, { recursive: true })).filter((file) => file.endsWith(".svg")).sort();
parts.push("", "## Figures", "");
for (const file of figures) parts.push(`![${file}](../../bench/results/${file.replaceAll("\\", "/")})`, "");

const folder = join(root, "guide", "generated");
await mkdir(folder, { recursive: true });
await writeFile(join(folder, "benchmarks.md"), `${parts.join("\n")}\n`);
