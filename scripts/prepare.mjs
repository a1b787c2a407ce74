// Runs after `npm ci` and before `npm pack`: embeds the WebAssembly kernels, builds dist/ and makes
// `npx spectrahedron` work inside the clone (npm does not link a package's own bin).
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "node_modules", ".bin");

if (!existsSync(join(root, "node_modules", "tsdown"))) {
  console.error("prepare: development dependencies are not installed, nothing is built");
  process.exit(0);
}
const build = spawnSync("npm", ["run", "--silent", "build"], {
  cwd: root,
  stdio: "inherit",
  shell: process.platform === "win32",
});
if (build.status !== 0) process.exit(build.status ?? 1);

const main = join(root, "dist", "cli", "main.js");
const link = join(bin, "spectrahedron");
chmodSync(main, 0o755);
mkdirSync(bin, { recursive: true });
rmSync(link, { force: true });
if (process.platform === "win32") writeFileSync(`${link}.cmd`, `@node "${main}" %*\r\n`);
else symlinkSync(join("..", "..", "dist", "cli", "main.js"), link);
