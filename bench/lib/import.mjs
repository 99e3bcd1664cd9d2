// One million rows from a file into a table with six indexes: the panel's import against psql's own \copy.
import { execFileSync } from "node:child_process";
import { createReadStream, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROWS = 1_000_000;
const TABLE = "/api/v1/explorer/main/tables/public/customer_in/imports?name=customer.csv";

function psql({ socket, port, user, database }, text) {
  execFileSync("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", socket, "-p", port, "-U", user, database, "-c", text]);
}

/** The table as it is before each measurement, and nothing left to write of what came before. */
function empty(server) {
  psql(server, "truncate public.customer_in");
  psql(server, "checkpoint");
}

function copy(server, file) {
  empty(server);
  const began = performance.now();
  psql(server, `\\copy customer_in from '${file}' (format csv, header)`);
  return (performance.now() - began) / 1000;
}

/** Sends a file, or nothing; gives the answer. */
function send(panel, method, path, file) {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${panel.key}` };
    if (file) headers["Content-Length"] = statSync(file).size;
    else if (method === "POST") headers["Content-Type"] = "application/json";
    const asked = request(`${panel.url}${path}`, { method, headers }, (answer) => {
      let text = "";
      answer.on("data", (bytes) => {
        text += bytes;
      });
      answer.on("end", () => {
        if (answer.statusCode >= 300) return reject(new Error(`${path}: ${answer.statusCode} ${text}`));
        resolve(text ? JSON.parse(text) : null);
      });
    });
    asked.on("error", reject);
    if (file) createReadStream(file, { highWaterMark: 1 << 20 }).pipe(asked);
    else asked.end(method === "POST" ? "{}" : undefined);
  });
}

/** Seconds of the upload and of the import, and the most memory that the panel had meanwhile, in MB. */
async function bring(panel, server, file) {
  empty(server);
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, panel.memory());
  }, 25);
  const began = performance.now();
  let made = await send(panel, "POST", TABLE, file);
  const uploaded = performance.now();
  const path = `/api/v1/row-imports/${made.id}`;
  made = await send(panel, "POST", `${path}/run`);
  while (made.status === "running") {
    await new Promise((resolve) => setTimeout(resolve, 50));
    made = await send(panel, "GET", path);
  }
  clearInterval(look);
  if (made.status !== "done" || made.report.inserted !== ROWS) throw new Error(`the import ended as ${made.status}: ${JSON.stringify(made.report ?? made.error)}`);
  return { upload: (uploaded - began) / 1000, seconds: (performance.now() - uploaded) / 1000, most };
}

/** Rows of the report. `idle`: the panel's memory before anything was asked. */
export async function imports(panel, server, idle, rounds) {
  const file = join(tmpdir(), `quarterdeck-bench-${process.pid}.csv`);
  psql(server, `\\copy customer to '${file}' (format csv, header)`);
  psql(server, "create table public.customer_in (like public.customer including all)");
  const [floors, ours] = [[], []];
  try {
    for (let round = 0; round < rounds; round++) {
      floors.push(copy(server, file));
      ours.push(await bring(panel, server, file));
    }
  } finally {
    rmSync(file, { force: true });
    psql(server, "drop table public.customer_in");
  }
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  const [floor, seconds, upload] = [mean(floors), mean(ours.map((o) => o.seconds)), mean(ours.map((o) => o.upload))];
  const above = Math.max(...ours.map((o) => o.most)) - idle;
  const ratio = floor / seconds;
  return [
    {
      name: "import of 1,000,000 rows into six indexes", met: ratio >= 0.85 && above <= 64, floorSeconds: floor, seconds, upload, ratio, perSecond: ROWS / seconds, aboveIdle: above,
      text: `${(ratio * 100).toFixed(0)} % of \\copy's speed (bar 85 %): ${seconds.toFixed(1)} s of ${floor.toFixed(1)} s, ${Math.round(ROWS / seconds).toLocaleString("en")} rows/s, after an upload of ${upload.toFixed(1)} s; ${above.toFixed(0)} MB above idle (bar 64)`,
    },
  ];
}
