import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    node: "src/node.ts",
    moment: "src/moment/index.ts",
    quantized: "src/quantized/index.ts",
    relaxation: "src/relaxation/index.ts",
    sosx: "src/sosx/index.ts",
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
