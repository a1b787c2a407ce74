import { defineConfig } from "tsdown";

/** Browsers import nothing by name: the worker carries what it needs, the tasks and HiGHS as chunks that load lazily. */
const worker = defineConfig({
  entry: { worker: "src/web/api/worker.ts" },
  format: "esm",
  platform: "browser",
  target: "es2022",
  outExtensions: () => ({ js: ".js" }),
  outputOptions: { chunkFileNames: "worker/[name]-[hash].js" },
  dts: false,
  deps: { alwaysBundle: () => true },
  // HiGHS asks for Node's modules where it runs in Node; a bundler that meets the chunk must not see them.
  plugins: [
    {
      name: "without-node-modules",
      resolveId: (id: string) => (id.startsWith("node:") ? { id: `\0${id}`, moduleSideEffects: false } : null),
      load: (id: string) => (id.startsWith("\0node:") ? "export {};" : null),
    },
  ],
  copy: [{ from: "node_modules/highs/build/highs.wasm", to: "dist/worker" }],
  inputOptions: { checks: { pluginTimings: false } },
  sourcemap: false,
  clean: false,
  logLevel: "warn",
});

const library = defineConfig({
  entry: {
    index: "src/index.ts",
    node: "src/node.ts",
    moment: "src/moment/index.ts",
    quantized: "src/quantized/index.ts",
    relaxation: "src/relaxation/index.ts",
    sosx: "src/sosx/index.ts",
    web: "src/web/index.ts",
    "cli/main": "src/cli/main.ts",
  },
  format: "esm",
  // Modules stay apart so that bundlers can shake them and Node-only ones are loaded only when asked for.
  unbundle: false,
  platform: "neutral",
  target: "es2022",
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
  dts: true,
  deps: { neverBundle: [/^node:/] },
  inputOptions: { checks: { pluginTimings: false } },
  sourcemap: false,
  clean: true,
  logLevel: "warn",
});

export default [library, worker];
