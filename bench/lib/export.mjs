// One million rows as a file: the panel's export against psql's own \copy, both thrown away where they arrive.
import { execFileSync } from "node:child_process";
import { request } from "node:http";

const ROWS = 1_000_000;
const PATH = "/api/v1/explorer/main/tables/public/customer/export/";

/** Seconds that psql needs. */
function copy({ socket, port, user, database }) {
  const began = performance.now();
  execFileSync("psql", ["-XqAt", "-h", socket, "-p", port, "-U", user, database, "-c", "\\copy customer to '/dev/null' (format csv, header)"]);
  return (performance.now() - began) / 1000;
}

/** Seconds until the first byte and until the last, and the most memory that the panel had meanwhile, in MB. */
function take(panel, format) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request(`${panel.url}${PATH}${format}`, { headers: { Authorization: `Bearer ${panel.key}` } }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`the export answered ${answer.statusCode}`));
      let [first, size, most] = [0, 0, 0];
      const look = setInterval(() => {
        most = Math.max(most, panel.memory());
      }, 25);
      answer.on("data", (bytes) => {
        first ||= (performance.now() - began) / 1000;
        size += bytes.length;
      });
      answer.on("error", reject);
      answer.on("end", () => {
        clearInterval(look);
        resolve({ seconds: (performance.now() - began) / 1000, first, bytes: size, most });
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** Rows of the report. `idle`: the panel's memory before anything was asked. */
export async function exports(panel, server, idle, rounds) {
  const rows = [];
  for (const format of ["csv", "ndjson"]) {
    const [floors, ours] = [[], []];
    await take(panel, format);
    for (let round = 0; round < rounds; round++) {
      floors.push(copy(server));
      ours.push(await take(panel, format));
    }
    const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
    const [floor, seconds] = [mean(floors), mean(ours.map((o) => o.seconds))];
    const first = Math.max(...ours.map((o) => o.first)) * 1000;
    const above = Math.max(...ours.map((o) => o.most)) - idle;
    const [ratio, rate] = [floor / seconds, ROWS / seconds];
    // The bars are those of CSV; PostgreSQL has no copy that writes JSON.
    const met = format === "csv" ? ratio >= 0.6 && rate >= 300_000 && first <= 100 && above <= 64 : undefined;
    rows.push({
      name: `export of 1,000,000 rows as ${format}`, met, floorSeconds: floor, seconds, ratio, perSecond: rate, firstByte: first, aboveIdle: above,
      text: `${(ratio * 100).toFixed(0)} % of \\copy's speed (bar 60 %): ${Math.round(rate).toLocaleString("en")} rows/s (bar 300,000), first byte after ${first.toFixed(0)} ms (bar 100), ${above.toFixed(0)} MB above idle (bar 64)`,
    });
  }
  return rows;
}
