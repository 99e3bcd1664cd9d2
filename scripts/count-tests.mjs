// Reads the log of a test run and prints "passed failed skipped", then one line for each test that failed, with what it said.
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

/** What a Rust test said when it failed, shortened: where the whole log isn't kept, this is all there is to go by. */
function said(name) {
  const at = lines.findIndex((line) => line.startsWith(`thread '${name}'`) && line.includes("panicked at"));
  if (at < 0) return "";
  const place = lines[at].split("panicked at ")[1];
  return ` (${`${place} ${lines.slice(at + 1, at + 4).join(" ")}`.slice(0, 400)})`;
}

console.log(`${passed} ${failed} ${skipped}`);
for (const name of new Set(failures)) console.log(name + said(name));
