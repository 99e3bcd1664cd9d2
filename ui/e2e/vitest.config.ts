// Browser tests: the real panel, the real Chromium, one thing at a time.
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ["**/*.e2e.ts"],
    environment: "node",
    setupFiles: ["harness/report.ts"],
    fileParallelism: false,
    sequence: { concurrent: false, shuffle: false },
    // A whole path with a dozen pages, on a slow machine that compiles something else.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    reporters: [["default", { summary: false }]],
  },
});
