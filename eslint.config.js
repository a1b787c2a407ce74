import { importX, createNodeResolver } from "eslint-plugin-import-x";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/** The dense kernels' interface is arithmetic, not a backend's insides: whoever needs dense algebra is handed them. */
const KERNEL_INTERFACE = "dense-kernels.ts";

/** A model builds problems and reads results; one with a splitting of its own takes a workspace or the PSD projection. */
const MODEL = {
  problem: true,
  formats: true,
  networks: true,
  lp: true,
  solver: true,
  report: ["figure.ts", "format.ts"],
  linear: [KERNEL_INTERFACE],
  backends: ["cpu/kernels/load.ts", "cpu/psd/project.ts", "cpu/create-workspace.ts"],
};
/** What a kernel outside the backend (neuron envelopes) needs of the device layer. */
const DEVICE_LAYER = ["buffers.ts", "device.ts", "kernel.ts", "generated/shaders.ts"].map((file) => `webgpu/${file}`);
/** The splitting of quantized training on a device, behind one file. */
const QUANTIZED_DEVICE = "webgpu/quantized/access.ts";
const MODELS = { quantized: true, moment: true, sosx: true, relaxation: true };

/**
 * The walls of the house: which other parts of src/ a part may import, whole or by the named files only.
 * What is not listed is refused. Circles between files are refused everywhere.
 */
const walls = {
  problem: {},
  formats: { problem: true },
  linear: { problem: true },
  lp: { problem: true },
  backends: { problem: true, linear: ["cg-kkt.ts", "choose.ts", KERNEL_INTERFACE, "kkt-solver.ts", "normal-matrix.ts"] },
  interior: { problem: true, linear: true },
  solver: {
    problem: true,
    linear: ["choose.ts", KERNEL_INTERFACE, "kkt-solver.ts"],
    interior: true,
    backends: [
      ...["backend.ts", "cpu/create-cone-set.ts", "cpu/create-workspace.ts", "cpu/kernels/load.ts"],
      ...["webgl/solver-access.ts", "webgpu/solver-access.ts"],
    ],
  },
  report: { problem: true, solver: ["result.ts", "settings.ts"] },
  // Networks are files too; models build problems and read results.
  networks: { problem: true, formats: true },
  quantized: { ...MODEL, backends: [...MODEL.backends, QUANTIZED_DEVICE] },
  moment: MODEL,
  sosx: {
    ...MODEL,
    relaxation: ["neuron-envelope.ts"],
    backends: [
      ...MODEL.backends,
      ...["cpu/kernels/typescript.ts", "cpu/wasm/kernels.ts", "cpu/wasm/module.ts"],
      ...["webgpu/adapters.ts", "webgpu/device.ts", "webgpu/errors.ts", "webgpu/sosx/batched-splitting.ts"],
    ],
  },
  relaxation: { ...MODEL, backends: [...MODEL.backends, ...DEVICE_LAYER] },
  cli: {
    problem: true,
    formats: true,
    solver: true,
    report: true,
    networks: true,
    backends: ["webgpu/adapters.ts", "webgpu/arithmetic.ts", "webgpu/device.ts", "webgpu/gpu.ts"],
    ...MODELS,
  },
};

/** A task is a command without terminal and files: data in, data out. */
walls.tasks = { problem: true, formats: true, networks: true, solver: true, report: true, ...MODELS };
walls.tasks.backends = ["cpu/kernels/load.ts"];
walls.sweep = { formats: true, report: true, tasks: true };
walls.web = {
  ...walls.tasks,
  tasks: true,
  backends: [
    ...["backend.ts", "cpu/kernels/load.ts", "webgl/renderer.ts"],
    ...["webgpu/adapters.ts", "webgpu/device.ts", "webgpu/gpu.ts"],
    // What the page's benchmark measures.
    ...["cpu/psd/project.ts", "webgl/gpu-js.ts", "webgl/polynomial.ts"],
    ...["webgpu/gemm.ts", "webgpu/psd/projector.ts", "webgpu/psd/tune.ts"],
  ],
};
walls.cli.tasks = true;
walls.cli.sweep = true;

const zones = Object.entries(walls).flatMap(([part, allowed]) =>
  Object.keys(walls)
    .filter((other) => other !== part && allowed[other] !== true)
    .map((other) => {
      const files = allowed[other] ?? [];
      return {
        target: `./src/${part}`,
        from: `./src/${other}`,
        except: files.map((file) => `./${file}`),
        message: `src/${part} may import ${files.length === 0 ? "nothing" : `only ${files.join(", ")}`} from src/${other}.`,
      };
    }),
);

export default defineConfig(
  globalIgnores(["dist", "dist-web", "docs", "coverage", "**/generated/**", "src/backends/cpu/wasm/assembly/**"]),
  tseslint.configs.strict,
  {
    files: ["**/*.ts", "**/*.js", "**/*.mjs"],
    plugins: { "import-x": importX },
    settings: {
      "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".js", ".mjs"] })],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "import-x/no-self-import": "error",
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones }],
      "max-lines": ["error", { max: 600, skipBlankLines: true, skipComments: true }],
      eqeqeq: "error",
      "no-console": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["src/**/*.ts", "test/**/*.ts", "bench/**/*.ts", "scripts/**/*.ts"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    // Only the command line, the benchmarks and files named for Node may touch Node's own modules.
    files: ["src/**/*.ts"],
    ignores: ["src/cli/**", "src/sweep/**", "src/**/*node*.ts", "src/**/*file*.ts"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ group: ["node:*"], message: "src/ must run in browsers." }] }],
    },
  },
  {
    files: ["bench/**", "examples/**", "scripts/**", "test/**"],
    rules: { "no-console": "off" },
  },
);
