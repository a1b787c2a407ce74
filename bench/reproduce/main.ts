import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A script of this folder: `./<group>/<name>.ts`. */
interface Reproduction {
  /** Runs with the arguments after the name. */
  run(args: readonly string[]): Promise<void>;
}

const [name, ...args] = process.argv.slice(2);
const path =
  name !== undefined && /^[\w-]+\/[\w-]+$/.test(name) ? new URL(`./${name}.ts`, import.meta.url) : undefined;
if (path === undefined || !existsSync(fileURLToPath(path))) {
  console.error(
    `usage: npm run reproduce -- GROUP/NAME [options], for example moment/table1; got "${name ?? ""}"`,
  );
  process.exitCode = 1;
} else {
  await ((await import(path.href)) as Reproduction).run(args);
}
