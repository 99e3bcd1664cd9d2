// Fifty grids open on one table while plain SQL changes it: from the commit until a grid has read the row again.
import { spawn } from "node:child_process";
import { request } from "node:http";

const GRIDS = 50;
const CHANGES = 120;
const TABLE = "/api/v1/explorer/main/tables/public/customer/live";
const rank = (values, share) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

/** A grid: `heard` is called with the keys of each change. */
function grid(panel, heard) {
  return new Promise((live, failed) => {
    const asked = request(`${panel.url}${TABLE}`, { agent: false, headers: { Authorization: `Bearer ${panel.key}` } }, (answer) => {
      if (answer.statusCode !== 200) return failed(new Error(`the stream answered ${answer.statusCode}`));
      let text = "";
      answer.setEncoding("utf8");
      answer.on("error", () => {});
      answer.on("data", (part) => {
        text += part;
        const events = text.split("\n\n");
        text = events.pop();
        for (const event of events) {
          const data = /^data: (.*)$/m.exec(event)?.[1];
          if (event.startsWith("event: state") && JSON.parse(data).state === "live") live(() => asked.destroy());
          if (event.startsWith("event: change")) heard(JSON.parse(data).keys ?? []);
        }
      });
    });
    asked.on("error", failed);
    asked.end();
  });
}

/** One psql for all changes: what is measured is the way to the grids, not the start of a client. */
function client({ socket, port, user, database }) {
  const psql = spawn("psql", ["-XqAt", "-h", socket, "-p", port, "-U", user, database], { stdio: ["pipe", "pipe", "inherit"] });
  let done = null;
  psql.stdout.on("data", () => done?.());
  return {
    run: (sql) => new Promise((resolve) => {
      done = resolve;
      psql.stdin.write(`${sql};\n\\echo done\n`);
    }),
    end: () => psql.stdin.end(),
  };
}

/** The row of the report. */
export async function live(panel, server) {
  const waiting = new Map();
  const times = [];
  const read = async (id, began) => {
    const path = `/api/v1/data/main/customer?id=eq.${id}&select=id,score`;
    const answer = await fetch(panel.url + path, { headers: { Authorization: `Bearer ${panel.key}` } });
    await answer.arrayBuffer();
    times.push(performance.now() - began);
  };
  const before = panel.memory();
  const close = [];
  for (let n = 0; n < GRIDS; n++) {
    close.push(await grid(panel, (keys) => {
      for (const [id] of keys) {
        const change = waiting.get(String(id));
        if (change) change.reads.push(read(id, change.began));
      }
    }));
  }
  const psql = client(server);
  for (let n = 0; n < CHANGES; n++) {
    const id = String(1 + ((n * 7919) % 1_000_000));
    const change = { began: performance.now(), reads: [] };
    waiting.set(id, change);
    await psql.run(`update customer set score = score + 1 where id = ${id}`);
    // Since it is known to be committed; a grid that heard of it before is counted from the start of the statement.
    change.began = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 200 + (n % 7) * 20));
  }
  const until = performance.now() + 10_000;
  while ([...waiting.values()].some((change) => change.reads.length < GRIDS) && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await Promise.all([...waiting.values()].flatMap((change) => change.reads));
  const above = panel.memory() - before;
  psql.end();
  for (const end of close) end();
  const missed = CHANGES * GRIDS - times.length;
  const [p50, p99, most] = [rank(times, 0.5), rank(times, 0.99), Math.max(...times)];
  const met = missed === 0 && p99 <= 1000;
  return [{
    name: `live change in ${GRIDS} open grids`, met, p50, p99, most, missed, aboveBefore: above,
    text: `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms (bar 1,000) until each grid has read the row again, ${missed} of ${CHANGES * GRIDS} missed, ${above.toFixed(0)} MB more`,
  }];
}
