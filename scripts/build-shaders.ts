// Embeds shaders/*.wgsl as text in src/backends/webgpu/generated/shaders.ts, so that they load alike under Node,
// vitest, bundlers and in browsers; without comments and indentation, line by line, so that a compiler's messages give
// the lines of the file. Does nothing when the file is up to date.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "shaders");
const target = join(root, "src", "backends", "webgpu", "generated", "shaders.ts");

const sources = readdirSync(folder)
  .filter((file) => file.endsWith(".wgsl"))
  .sort()
  .map((file) => ({
    name: basename(file, ".wgsl").replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
    text: withoutComments(readFileSync(join(folder, file), "utf8")),
  }));

/** WGSL has no texts that a comment could begin in. */
function withoutComments(wgsl: string): string {
  const blocks = wgsl.replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ""));
  return blocks.replace(/^[ \t]+|[ \t]*(?:\/\/.*)?$/gm, "");
}

const hash = createHash("sha256").update(JSON.stringify(sources)).digest("hex");
const header = `// Made by scripts/build-shaders.ts from shaders/*.wgsl; sha256 ${hash}\n`;
if (!existsSync(target) || !readFileSync(target, "utf8").startsWith(header)) {
  const body = sources.map(({ name, text }) => `export const ${name} = ${JSON.stringify(text)};\n`);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, header + body.join(""));
  console.log(`${sources.length} shaders embedded in ${target.slice(root.length)}`);
}
