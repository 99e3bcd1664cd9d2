// Starts the real binary with a data directory of its own and a private PostgreSQL, and ends it again.
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { until } from "./deadline.ts";

export const ROOT = resolve(import.meta.dirname, "../../..");
export const LOGS = join(ROOT, "target/test-logs");
const BINARY = process.env.QUARTERDECK_BINARY ?? join(ROOT, "target/debug/quarterdeck");

export interface Output {
  code: number | null;
  stdout: string;
  stderr: string;
}

export class Panel {
  readonly url: string;
  readonly dir: string;
  readonly data: string;
  private process: ChildProcess | undefined;
  private readonly name: string;
  private readonly port: number;

  private constructor(name: string, port: number, dir: string) {
    this.name = name;
    this.port = port;
    this.dir = dir;
    this.data = join(dir, "data");
    this.url = `http://localhost:${port}`;
  }

  /** A panel that is ready, on an empty database. `name` is the name of its log in target/test-logs. */
  static async start(name: string): Promise<Panel> {
    if (!existsSync(BINARY)) throw new Error(`There is no ${BINARY}. Build it first: cargo build -p quarterdeck`);
    const dir = mkdtempSync(join(tmpdir(), "quarterdeck-e2e-"));
    // Started by root, PostgreSQL runs under another account, which has to pass through here.
    chmodSync(dir, 0o755);
    const panel = new Panel(name, await freePort(), dir);
    try {
      await panel.serve();
      return panel;
    } catch (error) {
      await panel.stop();
      throw error;
    }
  }

  private get log(): string {
    return join(LOGS, `panel-${this.name}.log`);
  }

  private get environment(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      LANG: "C.UTF-8",
      TZ: "UTC",
      HOME: this.dir,
      XDG_CONFIG_HOME: join(this.dir, "config"),
      QUARTERDECK_DATA_DIR: this.data,
      QUARTERDECK_LISTEN: `127.0.0.1:${this.port}`,
      QUARTERDECK_URL: this.url,
      QUARTERDECK_LOG: "info",
    };
  }

  private async serve(): Promise<void> {
    mkdirSync(LOGS, { recursive: true });
    const log = createWriteStream(this.log);
    const child = spawn(BINARY, ["serve"], {
      cwd: this.dir,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.once("close", () => log.end());
    const ended = () => child.exitCode !== null || child.signalCode !== null;
    await until("The panel is ready", async () => ended() || (await this.ready()), 90_000);
    if (ended()) {
      throw new Error(`The panel ended by itself:\n${readFileSync(this.log, "utf8").slice(-3000)}`);
    }
  }

  /** Whether /readyz says yes at this moment. */
  async ready(): Promise<boolean> {
    return fetch(`${this.url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
  }

  /** Runs the command line of the product against this panel, with its own home. */
  async cli(args: string[], stdin = ""): Promise<Output> {
    const child = spawn(BINARY, args, { cwd: ROOT, env: this.environment, stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.stdin.on("error", () => {});
    child.stdin.end(stdin);
    const timer = setTimeout(() => child.kill("SIGKILL"), 90_000);
    const code = await new Promise<number | null>((done) => child.once("close", done));
    clearTimeout(timer);
    return { code, stdout, stderr };
  }

  /** Like `cli`, for commands that must succeed; gives what they printed. */
  async run(args: string[], stdin = ""): Promise<string> {
    const { code, stdout, stderr } = await this.cli(args, stdin);
    if (code !== 0) throw new Error(`quarterdeck ${args.join(" ")} ended with ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Runs SQL as the owner of a database beside the panel's; gives unaligned rows. */
  async sql(database: string, statement: string): Promise<string> {
    return (await this.run(["psql", "-d", database, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statement])).trim();
  }

  /** Ends PostgreSQL the hard way, as a crash of the machine would. */
  killPostgres(): void {
    const pid = Number(readFileSync(join(this.data, "pg/postmaster.pid"), "utf8").split("\n")[0]);
    if (!Number.isInteger(pid) || pid < 2) throw new Error("There is no postmaster to end");
    process.kill(pid, "SIGKILL");
  }

  async stop(): Promise<void> {
    const child = this.process;
    if (child && child.exitCode === null && child.signalCode === null) {
      const closed = new Promise((done) => child.once("close", done));
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 40_000);
      await closed;
      clearTimeout(timer);
    }
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? done(address.port) : fail(new Error("no port"))));
    });
  });
}
