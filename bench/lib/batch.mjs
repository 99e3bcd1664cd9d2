// About 100,000 of one million rows (edits measured before have moved some) changed by a predicate: an audited batch of the
// panel against the plain UPDATE.
import { execFileSync } from "node:child_process";

const PATH = "/api/v1/explorer/main/tables/public/customer_many/batches";

function psql({ socket, port, user, database }, ...texts) {
  return execFileSync("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", socket, "-p", port, "-U", user, database, ...texts.flatMap((text) => ["-c", text])], { encoding: "utf8" });
}

/** Every tenth row, all over the table; no measurement finds what another left behind. */
function again(server) {
  psql(server, "truncate public.customer_many", "insert into public.customer_many select * from public.customer order by id", "vacuum (analyze, freeze) public.customer_many", "checkpoint");
}

function plain(server, value) {
  again(server);
  const began = performance.now();
  psql(server, `update public.customer_many set vip = true, note = '${value}' where score < 100`);
  return (performance.now() - began) / 1000;
}

async function ask(panel, method, path, body) {
  const answer = await fetch(panel.url + path, {
    method, headers: { Authorization: `Bearer ${panel.key}`, "Content-Type": "application/json" }, body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Seconds from the request until it is done, and the most memory that the panel had meanwhile, in MB. */
async function batch(panel, server, value, mode) {
  again(server);
  const rows = Number(psql(server, "select count(*) from public.customer_many where score < 100"));
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, panel.memory());
  }, 25);
  const began = performance.now();
  let made = await ask(panel, "POST", PATH, { verb: "update", filter: "score=lt.100", set: { vip: true, note: value }, expected: rows, mode });
  while (made.status === "running") {
    await new Promise((resolve) => setTimeout(resolve, 20));
    made = await ask(panel, "GET", `/api/v1/row-batches/${made.id}`);
  }
  clearInterval(look);
  if (made.status !== "done" || made.changed !== rows || !made.undo.allowed) throw new Error(`the batch ended as ${made.status}: ${JSON.stringify(made)}`);
  return { seconds: (performance.now() - began) / 1000, most };
}

/** Rows of the report. `idle`: the panel's memory before anything was asked. */
export async function batches(panel, server, idle, rounds) {
  psql(server, "create table public.customer_many (like public.customer including all)");
  const times = { plain: [], atomic: [], chunked: [] };
  let most = 0;
  try {
    await ask(panel, "GET", "/api/v1/explorer/main/tables/public/customer_many");
    for (let round = 0; round < rounds; round++) {
      times.plain.push(plain(server, `plain ${round}`));
      for (const mode of ["atomic", "chunked"]) {
        const done = await batch(panel, server, `${mode} ${round}`, mode);
        times[mode].push(done.seconds);
        most = Math.max(most, done.most);
      }
    }
  } finally {
    psql(server, "drop table public.customer_many");
  }
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  const floor = mean(times.plain);
  const row = (mode, bar) => {
    const seconds = mean(times[mode]);
    const ratio = seconds / floor;
    return {
      name: `batch of 100,000 rows, ${mode}, audited`, ...(bar ? { met: ratio <= bar } : {}), floorSeconds: floor, seconds, ratio, aboveIdle: most - idle,
      text: `${ratio.toFixed(2)} times the plain UPDATE${bar ? ` (bar ${bar})` : ""}: ${seconds.toFixed(2)} s of ${floor.toFixed(2)} s; ${(most - idle).toFixed(0)} MB above idle`,
    };
  };
  return [row("atomic", 2), row("chunked")];
}
