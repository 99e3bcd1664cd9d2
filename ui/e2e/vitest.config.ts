// Browser tests: the real panel, the real Chromium. Two files at a time, each with a panel of its own; within a file one
// thing at a time.

import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest goes first, so that nothing waits for it alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const long = (file: TestSpecification) => Number(file.moduleId.endsWith("everything.e2e.ts"));
    return (await super.sort(files)).sort((a, b) => long(b) - long(a));
  }
}

export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ["**/*.e2e.ts"],
    environment: "node",
    setupFiles: ["harness/report.ts"],
    maxWorkers: 2,
    sequence: { concurrent: false, shuffle: false, sequencer: LongestFirst },
    // A whole path with a dozen pages, on a slow machine that compiles something else.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    reporters: [["default", { summary: false }]],
  },
});
