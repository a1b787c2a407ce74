// WebAssembly threads need a cross-origin isolated page; without these headers the solver runs on one thread.
const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

export default {
  base: "./",
  server: { headers },
  preview: { headers },
  worker: { format: "es" },
  // The package finds its worker by its own address; bundled into one file it would lose it during development.
  optimizeDeps: { exclude: ["spectrahedron"] },
};
