import { importX, createNodeResolver } from "eslint-plugin-import-x";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/**
 * The walls of the house: what each part of src/ must not import. `except` names the interfaces that may be seen.
 * Whatever is not listed is allowed; circles are refused everywhere.
 */
const walls = [
  {
    part: "problem",
    knows: "the errors alone",
    not: ["formats", "linear", "backends", "solver", "interior", "report", "cli"],
  },
  { part: "formats", knows: "problem", not: ["linear", "backends", "solver", "interior", "report", "cli"] },
  {
    part: "linear",
    knows: "problem and the dense kernels' interface",
    not: ["formats", "solver", "interior", "report", "cli"],
  },
  {
    part: "backends",
    knows: "problem, linear and nothing of a model",
    not: ["formats", "solver", "interior", "report", "cli"],
  },
  {
    part: "solver",
    knows: "problem, linear, interior and the backends' interfaces",
    not: ["formats", "report", "cli", "backends/cpu/wasm", "backends/cpu/workers"],
  },
  { part: "interior", knows: "problem, linear and the kernels' interface", not: ["formats", "report", "cli"] },
  { part: "report", knows: "problem and the solver's results", not: ["formats", "linear", "backends", "interior", "cli"] },
];

const zones = walls.flatMap(({ part, knows, not, except }) =>
  not.map((other) => ({
    target: `./src/${part}`,
    from: `./src/${other}`,
    ...(except ? { except } : {}),
    message: `src/${part} knows ${knows}; it must not import src/${other}.`,
  })),
);

export default defineConfig(
  globalIgnores(["dist", "docs", "coverage", "**/generated/**", "src/backends/cpu/wasm/assembly/**"]),
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
    ignores: ["src/cli/**", "src/**/*node*.ts", "src/**/*file*.ts"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ group: ["node:*"], message: "src/ must run in browsers." }] }],
    },
  },
  {
    files: ["bench/**", "scripts/**", "test/**"],
    rules: { "no-console": "off" },
  },
);
