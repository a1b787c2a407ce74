/** `npx tsx bench/sosx/main.ts throughput|exactness|tightening [options]`. */
import * as exactness from "./exactness.ts";
import * as tightening from "./tightening.ts";
import * as throughput from "./throughput.ts";

const [name, ...args] = process.argv.slice(2);
const scripts: Readonly<Record<string, ((args: readonly string[]) => Promise<void>) | undefined>> = {
  throughput: throughput.run,
  exactness: exactness.run,
  tightening: tightening.run,
};
const script = name === undefined ? undefined : scripts[name];
if (script === undefined) {
  console.error(`usage: npx tsx bench/sosx/main.ts ${Object.keys(scripts).join("|")} [options]`);
  process.exitCode = 1;
} else await script(args);
