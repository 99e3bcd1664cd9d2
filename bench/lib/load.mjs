// The two load generators: pgbench for the floor, wrk for the panel. Both with 8 connections.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CONNECTIONS = "8";
const folder = mkdtempSync(join(tmpdir(), "quarterdeck-load-"));

function pgbenchPath(version) {
  const debian = `/usr/lib/postgresql/${version}/bin/pgbench`;
  return existsSync(debian) ? debian : "pgbench";
}

/** Runs the statements with prepared execution in one pipeline; gives transactions per second. */
export function floor({ script, socket, port, user, database, version, seconds }) {
  const file = join(folder, "floor.sql");
  writeFileSync(file, script);
  const args = ["-n", "-M", "prepared", "-c", CONNECTIONS, "-j", "2", "-T", String(seconds), "-f", file, "-h", socket, "-p", port, "-U", user, database];
  const out = execFileSync(pgbenchPath(version), args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return { perSecond: Number(/tps = ([\d.]+)/.exec(out)[1]), averageMs: Number(/latency average = ([\d.]+)/.exec(out)[1]) };
}

/** Sends requests that `lua` makes; gives requests per second and latencies in ms. Any answer but 2xx is an error. */
export function panel({ lua, url, key, seconds }) {
  const file = join(folder, "load.lua");
  writeFileSync(file, lua);
  const out = execFileSync("wrk", ["-t", "1", "-c", CONNECTIONS, "-d", `${seconds}s`, "--latency", "-s", file, "-H", `Authorization: Bearer ${key}`, url], { encoding: "utf8" });
  if (/Non-2xx/.test(out)) throw new Error(`the panel refused requests:\n${out}`);
  const milliseconds = (name) => {
    const [, value, unit] = new RegExp(`${name}\\s+([\\d.]+)(us|ms|s)`).exec(out);
    return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit];
  };
  return { perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(out)[1]), p50: milliseconds("50%"), p99: milliseconds("99%") };
}
