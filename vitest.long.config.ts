import { defineConfig } from "vitest/config";

/** The slow suite: whole benchmark collections. Each needs the shared data and says so when it is missing. */
export default defineConfig({
  test: {
    include: ["test/**/*.long.test.ts"],
    testTimeout: 1_800_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
  },
});
