// Reads the log of a test run and prints "passed failed skipped", then one line for each test that failed.
// Knows what cargo test, Vitest, Playwright and node --test write.
import { readFileSync } from "node:fs";

const escape = String.fromCharCode(27);
const log = readFileSync(process.argv[2], "utf8").replaceAll(new RegExp(`${escape}\\[[0-9;]*[A-Za-z]`, "g"), "");
const lines = log.split("\n");

/** Adds up the numbers that stand before (or after) a word on the matching lines. */
function sum(of, pattern) {
  return of.reduce((total, line) => total + Number(line.match(pattern)?.[1] ?? 0), 0);
}

const formats = [
  {
    name: "cargo",
    summary: /^test result: /,
    passed: /(\d+) passed/,
    failed: /(\d+) failed/,
    skipped: /(\d+) ignored/,
    failure: /^test (.+) \.\.\. FAILED$/,
  },
  {
    name: "vitest",
    summary: /^\s*Tests {2,}.*\(\d+\)\s*$/,
    passed: /(\d+) passed/,
    failed: /(\d+) failed/,
    skipped: /(\d+) skipped/,
    failure: /^\s*FAIL\s+(.+)$/,
  },
  {
    name: "playwright",
    summary: /^\s*\d+ (?:passed|failed|flaky|skipped|did not run)(?: \(.*\))?\s*$/,
    passed: /(\d+) (?:passed|flaky)/,
    failed: /(\d+) failed/,
    skipped: /(\d+) (?:skipped|did not run)/,
    failure: /^\s+(\[[^\]]+\] › .+?)[\s─]*$/,
  },
  {
    name: "node",
    summary: /^(?:#|ℹ) (?:pass|fail|skipped) \d+$/,
    passed: /pass (\d+)/,
    failed: /fail (\d+)/,
    skipped: /skipped (\d+)/,
    failure: /^(?:✖|not ok \d+ -) (.+)$/,
  },
];

const format = formats.find(({ summary }) => lines.some((line) => summary.test(line)));
const summary = format ? lines.filter((line) => format.summary.test(line)) : [];
const [passed, failed, skipped] = format
  ? [sum(summary, format.passed), sum(summary, format.failed), sum(summary, format.skipped)]
  : [0, 0, 0];
const failures = format ? lines.flatMap((line) => line.match(format.failure)?.[1].trim() ?? []) : [];

console.log(`${passed} ${failed} ${skipped}`);
for (const name of new Set(failures)) console.log(name);
