import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** The entry of the service worker; its file keeps this name, since browsers look for changes under it. */
export const SERVICE_WORKER = "service-worker";

/** HiGHS looks for Node's modules where it runs in Node; in a browser there is nothing to look for. */
export function withoutNodeModules(): Plugin {
  const empty = "\0no-node-module";
  return {
    name: "without-node-modules",
    enforce: "pre",
    resolveId: (id) => (id.startsWith("node:") ? empty : undefined),
    load: (id) => (id === empty ? "export {}; export const createRequire = undefined;" : undefined),
  };
}

/** Gives the service worker the list of all files of the build, and a version that changes with any of them. */
export function precacheManifest(publicFolder: string): Plugin {
  return {
    name: "precache-manifest",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const worker = Object.values(bundle).find((file) => file.type === "chunk" && file.name === SERVICE_WORKER);
        // The build of a web worker is a bundle of its own.
        if (worker?.type !== "chunk") return;
        const hash = createHash("sha256");
        const files = new Map<string, string | Uint8Array>();
        for (const [name, file] of Object.entries(bundle)) {
          if (file === worker) continue;
          files.set(name, file.type === "chunk" ? file.code : file.source);
        }
        for (const name of readdirSync(publicFolder)) files.set(name, readFileSync(join(publicFolder, name)));
        const names = [...files.keys()].sort();
        for (const name of names) hash.update(name).update(files.get(name) ?? "");
        const list = { version: hash.digest("hex").slice(0, 16), files: names };
        worker.code = `const PRECACHE=${JSON.stringify(list)};\n${worker.code}`;
      },
    },
  };
}
