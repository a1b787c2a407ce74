import { defineConfig } from "vite";
import { precacheManifest, SERVICE_WORKER, withoutNodeModules } from "./page/offline/vite-plugin-node.ts";

/** Shared memory, and with it threads, needs a cross-origin isolated page. */
const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

const here = import.meta.dirname;
const publicFolder = `${here}/public`;

/** The browser page: `npm run web`, `npm run build:web`. */
export default defineConfig({
  root: `${here}/page`,
  // The page may lie in any folder of a site.
  base: "./",
  publicDir: publicFolder,
  plugins: [withoutNodeModules(), precacheManifest(publicFolder)],
  worker: { format: "es", plugins: () => [withoutNodeModules()], rollupOptions: { checks: { pluginTimings: false } } },
  build: {
    outDir: `${here}/../../dist-web`,
    emptyOutDir: true,
    target: "es2022",
    // Vega and HiGHS are large, and loaded only when they are needed.
    chunkSizeWarningLimit: 2000,
    // Files of examples stay files: they can be downloaded as they are.
    assetsInlineLimit: 0,
    rollupOptions: {
      checks: { pluginTimings: false },
      input: { index: `${here}/page/index.html`, [SERVICE_WORKER]: `${here}/page/offline/service-worker.ts` },
      output: {
        entryFileNames: ({ name }) => (name === SERVICE_WORKER ? `${SERVICE_WORKER}.js` : "assets/[name]-[hash].js"),
      },
    },
  },
  server: { headers, fs: { allow: [`${here}/../..`] } },
  preview: { headers },
});
