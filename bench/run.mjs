// `make bench`: every bar of the product as a ratio in one run. Writes bench/results/<date>.{json,md}.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { batches } from "./lib/batch.mjs";
import { cases } from "./lib/cases.mjs";
import { exports } from "./lib/export.mjs";
import { imports } from "./lib/import.mjs";
import { live } from "./lib/live.mjs";
import { grids } from "./lib/grid.mjs";
import { floor, panel as load } from "./lib/load.mjs";
import { Panel } from "./lib/panel.mjs";
import { pageLoad } from "./lib/page.mjs";

const SECONDS = Number(process.env.BENCH_SECONDS ?? 8);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 2);
/** Parts to measure, for the inner loop; they are written down only when `BENCH_RECORD` says so, and as parts. */
const ONLY = process.env.BENCH_PARTS?.split(",");
const RECORDED = !ONLY || process.env.BENCH_RECORD !== undefined;
const wanted = (part) => !ONLY || ONLY.includes(part);
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const say = (text) => process.stderr.write(`${text}\n`);

const panel = new Panel(18080);
const rows = [];
const note = (row) => {
  rows.push(row);
  say(`${row.met === undefined ? " " : row.met ? "✓" : "✗"} ${row.name}: ${row.text}`);
};

async function get(path, headers = {}) {
  const answer = await fetch(panel.url + path, { headers: { Authorization: `Bearer ${panel.key}`, ...headers } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

/** Walks to the page that starts after row 900,000 by the cursor of a filtered page: keysets need no walk. */
async function deepCursor() {
  const answer = await get("/api/v1/data/main/customer?order=id&limit=1&offset=0&id=gte.900000");
  await answer.arrayBuffer();
  return answer.headers.get("next-cursor");
}

async function measure(one, server) {
  if (one.check) {
    const found = await (await get(one.check.path)).json();
    if (found.length !== one.check.count || found[0].id !== one.check.first) throw new Error(`${one.name}: wrong rows, first id ${found[0]?.id}`);
  }
  const [floors, bares, ours] = [[], [], []];
  load({ lua: one.lua, url: panel.url, key: panel.key, seconds: 2 });
  for (let round = 0; round < ROUNDS; round++) {
    floors.push(floor({ script: one.floor, ...server, seconds: SECONDS }));
    if (one.bare) bares.push(floor({ script: one.bare, ...server, seconds: SECONDS }));
    ours.push(load({ lua: one.lua, url: panel.url, key: panel.key, seconds: SECONDS }));
  }
  const base = mean(floors.map((f) => f.perSecond));
  const rate = mean(ours.map((o) => o.perSecond));
  const [p50, p99] = [mean(ours.map((o) => o.p50)), mean(ours.map((o) => o.p99))];
  const ratio = rate / base;
  const met = ratio >= one.bar && (!one.latency || (p50 <= one.latency.p50 && p99 <= one.latency.p99));
  note({
    name: one.name, met, floor: base, panel: rate, ratio, p50, p99, bar: one.bar,
    text: `${(ratio * 100).toFixed(0)} % of the floor (bar ${one.bar * 100} %): ${rate.toFixed(0)}/s of ${base.toFixed(0)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
  });
  if (one.bare) {
    const bare = mean(bares.map((b) => b.perSecond));
    note({ name: `${one.name}, against the bare statement`, bare, ratio: rate / bare, text: `${((rate / bare) * 100).toFixed(0)} %: of ${bare.toFixed(0)}/s` });
  }
}

try {
  say("starting a panel of its own…");
  await panel.start();
  panel.prepare();
  say("loading one million rows…");
  panel.sql(readFileSync(new URL("./data.sql", import.meta.url), "utf8"));
  panel.sql("checkpoint;");
  await (await get("/api/v1/explorer/main/tables/public/customer")).json();
  await panel.stop();

  const ready = await panel.start();
  note({ name: "start to /readyz on an existing cluster", met: ready <= 2000, milliseconds: ready, text: `${ready.toFixed(0)} ms (bar 2,000 ms)` });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const idle = panel.memory();
  note({ name: "resident memory, idle", met: idle <= 80, megabytes: idle, text: `${idle.toFixed(0)} MB (bar 80 MB)` });

  const [socket, port, version] = panel.sql("select trim(both '\"' from split_part(current_setting('unix_socket_directories'), ',', 1)) || ' ' || current_setting('port') || ' ' || current_setting('server_version_num')::int / 10000").split(" ");
  const server = { socket, port, version, user: "quarterdeck", database: "quarterdeck" };
  const deep = await deepCursor();
  if (wanted("lists")) for (const one of cases({ deep, deepId: 900000 })) await measure(one, server);
  const parts = { exports: () => exports(panel, server, idle, ROUNDS), imports: () => imports(panel, server, idle, ROUNDS), live: () => live(panel, server), batches: () => batches(panel, server, idle, ROUNDS) };
  for (const [part, rowsOf] of Object.entries(parts)) {
    if (wanted(part)) for (const row of await rowsOf()) note(row);
  }
  const busy = panel.memory();
  note({ name: "resident memory after the load", megabytes: busy, text: `${busy.toFixed(0)} MB` });
  if (wanted("page")) for (const row of await pageLoad(panel)) note(row);
  if (wanted("grid")) for (const row of await grids(panel)) note(row);
} finally {
  await panel.stop().catch(() => {});
  panel.remove();
}

// With the panel gone: what is measured in a process of its own.
for (const [part, what] of [["identity", "who is asking, and what signing in costs"], ["jobs", "the queue, with graphile-worker beside it"]]) {
  if (!wanted(part)) continue;
  say(`measuring ${what}…`);
  const measured = execFileSync("cargo", ["bench", "-q", "-p", "quarterdeck", "--bench", part], {
    encoding: "utf8", maxBuffer: 1 << 24, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, BENCH_SECONDS: String(SECONDS) },
  });
  for (const line of measured.split("\n").filter((text) => text.startsWith("{"))) note(JSON.parse(line));
}

if (!RECORDED) process.exit();

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const date = new Date().toISOString().slice(0, 10);
const machine = `${cpus().length} × ${cpus()[0].model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
mkdirSync(new URL("./results/", import.meta.url), { recursive: true });
const out = (suffix) => new URL(`./results/${date}-${commit}${ONLY ? "-parts" : ""}.${suffix}`, import.meta.url);
const measured = ONLY ? ` Parts: ${ONLY.join(", ")}.` : "";
writeFileSync(out("json"), `${JSON.stringify({ date, commit, machine, seconds: SECONDS, rounds: ROUNDS, parts: ONLY, rows }, null, 2)}\n`);
const lines = rows.map((row) => `| ${row.name} | ${row.text} | ${row.met === undefined ? "" : row.met ? "met" : "**missed**"} |`);
writeFileSync(out("md"), `# ${date}, ${commit}\n\n${machine}; ${ROUNDS} rounds of ${SECONDS} s, 8 connections, load generator on the same cores.${measured}\n\n| what | result | bar |\n|---|---|---|\n${lines.join("\n")}\n`);
