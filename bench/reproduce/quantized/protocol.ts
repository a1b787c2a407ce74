import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describeMachine } from "../../../src/report/node-machine.ts";
import type { VegaLiteSpec } from "../../../src/report/figure.ts";
import { renderVegaLite } from "../../../src/report/figure.ts";

/** Median and range. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spread(values: readonly (number | null)[]): Spread {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return {
    median: (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2,
    least: sorted[0],
    most: sorted[sorted.length - 1],
  };
}

/** Writes `bench/results/quantized/NAME.json` and `.svg`. */
export async function publish(name: string, numbers: object, figure: VegaLiteSpec): Promise<void> {
  const folder = new URL("../../results/quantized/", import.meta.url);
  await mkdir(folder, { recursive: true });
  const record = {
    command: `npm run reproduce -- quantized/${name}`,
    date: new Date().toISOString(),
    machine: describeMachine(),
    ...numbers,
  };
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify(record, null, 1)}\n`);
  await writeFile(new URL(`${name}.svg`, folder), await renderVegaLite(figure));
  console.log(`numbers and figure in ${fileURLToPath(folder)}${name}.json and .svg`);
}

/** `--seeds N` of the arguments; 10 by default. */
export function seedCount(args: readonly string[]): number {
  const at = args.indexOf("--seeds");
  const count = at < 0 ? 10 : Number(args[at + 1]);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error("--seeds takes a whole number of at least 1");
  return count;
}

export function percent({ median, least, most }: Spread): string {
  const show = (value: number): string => (100 * value).toFixed(1);
  return `${show(median)} % (${show(least)} … ${show(most)})`;
}
