import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { describeMachine } from "../src/report/node-machine.ts";

/** Writes one JSON object per line, the first of them saying what was run, where and with what. */
export class Record {
  private readonly file: string | undefined;

  /** @param file where to write; replaced when it exists; `undefined` writes nothing */
  constructor(file: string | undefined, header: object) {
    this.file = file;
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
    this.add({ kind: "run", date: new Date().toISOString(), machine: describeMachine(), ...header });
  }

  add(line: object): void {
    if (this.file !== undefined) appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

/** Version of an installed package of npm. */
export function packageVersion(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  const folder = entry.slice(0, entry.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length);
  return (JSON.parse(readFileSync(`${folder}package.json`, "utf8")) as { version: string }).version;
}

/** Geometric mean of positive numbers; undefined without any. */
export function geometricMean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
}
