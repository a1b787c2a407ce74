import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** What a build and a tarball need of the clone. */
const PACKED = ["src", "package.json", "tsconfig.json", "tsdown.config.ts", "README.md", "LICENSE", "CHANGELOG.md"];

/** Projects of the examples with the package installed from its tarball, as a user would. */
export interface Installed {
  /** Folder of an example's copy. */
  folder(example: string): string;
  /** Runs a command in an example's copy; standard output. */
  run(example: string, command: string, ...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Builds the package, packs it, and installs the tarball beside copies of the examples. */
export async function installPackage(): Promise<Installed> {
  const base = await mkdtemp(join(tmpdir(), "spectrahedron-package-"));
  // Built in a copy: the clone's own dist may be in use, and may be of another day.
  const packed = join(base, "packed");
  await mkdir(packed);
  for (const name of PACKED) await cp(join(root, name), join(packed, name), { recursive: true });
  await symlink(join(root, "node_modules"), join(packed, "node_modules"));
  await run(process.execPath, [join(root, "node_modules", "tsdown", "dist", "run.mjs")], { cwd: packed });
  const npm = async (cwd: string, ...args: readonly string[]): Promise<string> => (await run("npm", [...args], { cwd })).stdout;
  const [{ filename }] = JSON.parse(await npm(packed, "pack", "--json", "--ignore-scripts")) as [{ filename: string }];

  // One installation in the parent folder serves all examples, as npm's own look-up goes upwards.
  const projects = join(base, "projects");
  await cp(join(root, "examples"), projects, { recursive: true });
  await writeFile(join(projects, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await npm(projects, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", join(packed, filename));
  const manifest = await readFile(join(projects, "node_modules", "spectrahedron", "package.json"), "utf8");
  if ((JSON.parse(manifest) as { name?: string }).name !== "spectrahedron") throw new Error("the tarball was not installed");

  const folder = (example: string): string => join(projects, example);
  return {
    folder,
    run: async (example, command, ...args) => (await run(command, [...args], { cwd: folder(example) })).stdout,
    remove: () => rm(base, { recursive: true, force: true }),
  };
}
