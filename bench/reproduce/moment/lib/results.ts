import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeMachine } from "../../../../src/report/node-machine.ts";

const folder = fileURLToPath(new URL("../../../results/", import.meta.url));

/** Writes results with the command that made them, the date and the machine; returns the file's name. */
export function writeResults(name: string, command: string, results: object): string {
  mkdirSync(folder, { recursive: true });
  const header = { command, date: new Date().toISOString(), machine: describeMachine() };
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify({ ...header, ...results }, undefined, 1)}\n`);
  return `bench/results/${name}.json`;
}

export function writeText(name: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${name}`, text);
  return `bench/results/${name}`;
}

/** The value below which this share of the values lies, by linear interpolation. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

export interface Quartiles {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

export function quartiles(values: readonly number[]): Quartiles {
  return { lower: quantile(values, 0.25), median: quantile(values, 0.5), upper: quantile(values, 0.75) };
}

/** `--name value` as a whole number. */
export function countOption(args: readonly string[], name: string, otherwise: number): number {
  const at = args.indexOf(`--${name}`);
  if (at < 0) return otherwise;
  const value = Number(args[at + 1]);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} needs a whole number`);
  return value;
}
