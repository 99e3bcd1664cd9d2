// A panel of its own for the measurement: temporary data directory, loopback port, ended by its process id.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BINARY = process.env.QUARTERDECK_BINARY ?? new URL("../../target/release/quarterdeck", import.meta.url).pathname;
const PASSWORD = "a-password-for-one-measurement-7391";

export class Panel {
  constructor(port) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.folder = mkdtempSync(join(tmpdir(), "quarterdeck-bench-"));
    this.account = { email: "bench@example.com", password: PASSWORD };
    // Started as root, PostgreSQL runs as another account, which has to pass through here.
    chmodSync(this.folder, 0o711);
    this.env = {
      ...process.env,
      QUARTERDECK_DATA_DIR: join(this.folder, "data"),
      QUARTERDECK_LISTEN: `127.0.0.1:${port}`,
      QUARTERDECK_LOG: "warn",
      XDG_CONFIG_HOME: join(this.folder, "config"),
    };
    delete this.env.DATABASE_URL;
    delete this.env.QUARTERDECK_BINARY;
  }

  /** Starts it; resolves with the milliseconds from start to the first 200 of /readyz. */
  async start() {
    const began = performance.now();
    this.process = spawn(BINARY, ["serve"], { env: this.env, stdio: ["ignore", "ignore", "inherit"] });
    for (;;) {
      const ready = await fetch(`${this.url}/readyz`).then((r) => r.ok, () => false);
      if (ready) return performance.now() - began;
      if (this.process.exitCode !== null) throw new Error("the panel ended before it was ready");
      if (performance.now() - began > 60_000) throw new Error("the panel was not ready after 60 s");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await ended;
  }

  command(args, input = "") {
    return execFileSync(BINARY, args, { env: this.env, input, encoding: "utf8", maxBuffer: 1 << 26 });
  }

  sql(text) {
    return this.command(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1"], text).trim();
  }

  /** Creates the administrator and an API key for the measurement. */
  prepare() {
    const { email, password } = this.account;
    this.command(["setup", "--email", email, "--name", "Bench", "--password-stdin"], password);
    this.command(["login", "--url", this.url, "--email", email, "--password-stdin"], password);
    const scopes = ["rows:read", "rows:update", "rows:export", "rows:import", "rows:batch"].flatMap((scope) => ["--scope", scope]);
    this.key = JSON.parse(this.command(["keys", "create", "--name", "bench", ...scopes, "-o", "json"])).key;
  }

  /** Resident memory of the panel's own process, in MB. */
  memory() {
    const status = readFileSync(`/proc/${this.process.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
