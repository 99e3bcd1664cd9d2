// Fails the build when the JavaScript a first visit loads grows past its budget.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const BUDGET = 350 * 1024;
const dist = new URL("../dist/", import.meta.url).pathname;
const html = readFileSync(join(dist, "index.html"), "utf8");

const first = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map((match) => match[1]);
let total = 0;
for (const path of new Set(first)) total += gzipSync(readFileSync(join(dist, path))).length;

const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
console.log(`first-load JavaScript: ${kib(total)} gzipped in ${new Set(first).size} files (budget ${kib(BUDGET)})`);
if (total > BUDGET) {
  console.error("Over budget: load a feature lazily or drop an import.");
  process.exit(1);
}
for (const tag of html.match(/<(script|style)[^>]*>/g) ?? []) {
  if (!tag.includes('nonce="__CSP_NONCE__"')) {
    console.error(`index.html has a tag without the nonce marker: ${tag}`);
    process.exit(1);
  }
}
