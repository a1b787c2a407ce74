import { configDefaults, defineConfig } from "vitest/config";

/** The default suite. Slow tests are named *.long.test.ts and run with `npm run test:long`. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/**/*.long.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
