import { createRequire } from "node:module";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { build as vite } from "vite";
import webpack from "webpack";

/** Bundles the browser example in `folder` into a folder of static files; returns that folder. */
export type Bundler = (folder: string) => Promise<string>;

const html = async (folder: string, out: string, script: string): Promise<void> => {
  const page = await readFile(join(folder, "index.html"), "utf8");
  await writeFile(join(out, "index.html"), page.replace('src="main.js"', `src="${script}"`));
};

/** What the installed package's folder `dist` holds for workers: a script and the chunks beside it. */
async function copyWorker(folder: string, out: string): Promise<void> {
  const dist = join(createRequire(join(folder, "main.js")).resolve("spectrahedron/package.json"), "..", "dist");
  await cp(join(dist, "worker.js"), join(out, "worker.js"));
  await cp(join(dist, "worker"), join(out, "worker"), { recursive: true });
}

export const bundlers: Readonly<Record<string, Bundler>> = {
  vite: async (folder) => {
    const out = join(folder, "dist-vite");
    await vite({ root: folder, logLevel: "error", build: { outDir: out } });
    return out;
  },
  webpack: async (folder) => {
    const out = join(folder, "dist-webpack");
    await new Promise<void>((resolve, reject) => {
      webpack(
        {
          mode: "production",
          context: folder,
          entry: "./main.js",
          experiments: { outputModule: true },
          output: { path: out, filename: "bundle.js", module: true },
          performance: { hints: false },
        },
        (error, stats) => {
          if (error) reject(error);
          else if (stats?.hasErrors() === true) reject(new Error(stats.toString("errors-only")));
          else resolve();
        },
      );
    });
    await html(folder, out, "bundle.js");
    return out;
  },
  // esbuild leaves the worker's address as it is: the worker's files go beside the bundle.
  esbuild: async (folder) => {
    const out = join(folder, "dist-esbuild");
    await mkdir(out, { recursive: true });
    await esbuild({
      entryPoints: [join(folder, "main.js")],
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      outfile: join(out, "bundle.js"),
      logLevel: "error",
    });
    await copyWorker(folder, out);
    await html(folder, out, "bundle.js");
    return out;
  },
};
