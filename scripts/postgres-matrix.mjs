// One PostgreSQL of the matrix: makes a cluster with these programs, starts it, and does with the panel what people do
// first. Usage: node postgres-matrix.mjs <directory of the server's programs> <quarterdeck>
//
// The server asks for passwords on a port, and the panel's user is what docs/configuration.md tells to make: it owns its
// database and may create roles, no more. SQL runs in PostgreSQL's single-user mode, since npm's packages have no psql.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [bin, quarterdeck] = process.argv.slice(2).map((path) => resolve(path));
const work = mkdtempSync(join(tmpdir(), "quarterdeck-matrix-"));
chmodSync(work, 0o711);
const cluster = join(work, "cluster");
// Started as root, PostgreSQL runs as an account that may nothing else, as the panel's own does.
const account = process.getuid() === 0 ? nobody() : {};
const password = randomBytes(12).toString("hex");
const email = "ada@example.com";
const children = [];
const steps = [];

function nobody() {
  const line = readFileSync("/etc/passwd", "utf8").split("\n").find((line) => line.startsWith("nobody:"));
  const [, , uid, gid] = line.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

// Runs a program to its end; its output when it succeeds.
function run(program, args, { input, env, as } = {}) {
  const all = { PATH: process.env.PATH, HOME: work, LC_ALL: "C", ...env };
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, env: all, cwd: work, encoding: "utf8", timeout: 120_000, ...as });
  if (error || status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${error ?? status}:\n${stdout}${stderr}`);
  return stdout;
}

// Statements as the superuser, one per line. The server goes on after a mistake, so what it says is looked at.
function singleUser(database, statements) {
  const args = ["--single", "-D", cluster, database];
  const env = { PATH: process.env.PATH, LC_ALL: "C" };
  const { stderr } = spawnSync(join(bin, "postgres"), args, { input: `${statements.join("\n")}\n`, env, encoding: "utf8", cwd: work, ...account });
  if (/ERROR|FATAL|PANIC/.test(stderr)) throw new Error(stderr);
}

function start(name, program, args, options) {
  const log = openSync(join(work, `${name}.log`), "a");
  const child = spawn(program, args, { cwd: work, stdio: ["ignore", log, log], ...options });
  children.push(child);
  return child;
}

async function until(what, holds) {
  const deadline = Date.now() + 60_000;
  let last;
  while (Date.now() < deadline) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${what} took too long${last ? ` (${last.cause?.message ?? last.message})` : ""}`);
}

function ended(child) {
  return child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((done) => child.once("exit", done));
}

function equal(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}

async function step(name, body) {
  const since = performance.now();
  try {
    await body();
  } catch (error) {
    error.message = `${name}: ${error.message}`;
    throw error;
  }
  steps.push(`${name} ${Math.round(performance.now() - since)} ms`);
}

function makeCluster(port) {
  writeFileSync(join(work, "password"), password);
  mkdirSync(cluster, { mode: 0o700 });
  if (account.uid) for (const path of [join(work, "password"), cluster]) chownSync(path, account.uid, account.gid);
  const args = ["-D", cluster, "-U", "boss", "-E", "UTF8", "--locale=C", "-k", "-N", "-A", "scram-sha-256", "--pwfile", join(work, "password")];
  run(join(bin, "initdb"), args, { as: account });
  singleUser("postgres", [
    `create role quarterdeck login password '${password}' createrole`,
    "create database quarterdeck owner quarterdeck",
    "create database shop owner quarterdeck",
  ]);
  singleUser("quarterdeck", ["create extension pg_trgm"]);
  singleUser("shop", [
    "create table items (id int primary key, name text not null, price numeric(10,2) not null)",
    "insert into items select g, 'item ' || g, g * 1.5 from generate_series(1, 500) g",
    "alter table items owner to quarterdeck",
  ]);
  const settings = ["listen_addresses=127.0.0.1", `port=${port}`, `unix_socket_directories=${cluster}`, "fsync=off"];
  return start("postgres", join(bin, "postgres"), ["-D", cluster, ...settings.flatMap((setting) => ["-c", setting])], {
    env: { LC_ALL: "C", PATH: process.env.PATH },
    ...account,
  });
}

async function prove() {
  const databasePort = await freePort();
  let server;
  await step("server", async () => {
    server = makeCluster(databasePort);
  });
  const key = join(work, "secret.key");
  writeFileSync(key, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
  const url = (database) => `postgresql://quarterdeck:${password}@127.0.0.1:${databasePort}/${database}`;
  const node = async (name) => {
    const port = await freePort();
    const env = {
      PATH: process.env.PATH, HOME: work, DATABASE_URL: url("quarterdeck"), QUARTERDECK_SECRET_KEY_FILE: key,
      QUARTERDECK_DATA_DIR: join(work, name), QUARTERDECK_LISTEN: `127.0.0.1:${port}`, QUARTERDECK_BASE_URL: `http://localhost:${port}`,
    };
    return { env, port, at: `http://127.0.0.1:${port}`, launch: () => start(name, quarterdeck, ["serve"], { env }) };
  };
  const [one, two] = [await node("one"), await node("two")];
  const ready = ({ at }) => until(`${at}/readyz`, async () => (await fetch(`${at}/readyz`)).status === 200);
  const cli = (node, args, input) => run(quarterdeck, args, { input, env: node.env });

  await step("migrations by two nodes at once", async () => {
    await until("the server's port", async () => {
      const response = spawnSync(quarterdeck, ["migrate"], { env: { ...one.env, DATABASE_URL: url("postgres").replace("/postgres", "/none") }, encoding: "utf8" });
      // A database that doesn't exist is refused by a server that answers.
      return /does not exist/.test(response.stdout + response.stderr);
    });
    one.process = one.launch();
    two.process = two.launch();
    await Promise.all([ready(one), ready(two)]);
  });
  await step("setup and login", async () => {
    cli(one, ["setup", "--email", email, "--name", "Ada Lovelace", "--password-stdin"], `correct-${password}\n`);
    cli(one, ["login", "--url", one.at, "--email", email, "--password-stdin"], `correct-${password}\n`);
  });
  let bearer;
  await step("keys create", async () => {
    const made = JSON.parse(cli(one, ["keys", "create", "--name", "matrix", "--scope", "*", "-o", "json"]));
    bearer = { authorization: `Bearer ${made.key ?? made.token ?? made.secret}` };
    const session = await (await fetch(`${two.at}/api/v1/session`, { headers: bearer })).json();
    equal(session.state, "signed_in", "the key on the other node");
  });
  const rows = "/api/v1/data/shop/items";
  const get = async (node, path, headers = {}) => {
    const answer = await fetch(node.at + path, { headers: { ...bearer, ...headers } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  await step("sources add", async () => {
    cli(one, ["sources", "add", "shop", url("shop")]);
    const tables = await get(two, "/api/v1/explorer/shop/tables");
    equal(tables.map((table) => table.name), ["items"], "the source's tables on the other node");
  });
  await step("rows read and changed", async () => {
    const page = await get(one, `${rows}?price=gt.700&order=id.desc&limit=2&select=id,price`);
    equal(page, [{ id: 500, price: "750.00" }, { id: 499, price: "748.50" }], "filter, order and limit");
    const [row] = await get(one, `${rows}?id=eq.7`, { prefer: "versions" });
    const patch = (node, version, name) =>
      fetch(`${node.at}${rows}?id=eq.7`, {
        method: "PATCH",
        headers: { ...bearer, "content-type": "application/json", "if-match": `"${version}"`, prefer: "return=representation" },
        body: JSON.stringify({ name }),
      });
    equal((await patch(two, row.$version, "changed")).status, 200, "a change with the current version");
    equal((await patch(one, row.$version, "too late")).status, 409, "a change with an old version");
    equal((await get(one, `${rows}?id=eq.7&select=name`))[0], { name: "changed" }, "the row afterwards");
    await get(one, "/api/v1/explorer/main/tables");
    await get(one, "/api/v1/users?search=ada");
  });
  await step("audit verify", async () => {
    const changes = await get(two, "/api/v1/audit?order=at.desc&limit=50");
    const written = JSON.stringify(changes);
    equal([written.includes('"changed"'), written.includes("too late")], [true, false], "the change that was made and the one that was not");
    cli(one, ["audit", "verify"]);
  });
  await step("stop", async () => {
    for (const { process } of [one, two]) process.kill("SIGTERM");
    await Promise.all([ended(one.process), ended(two.process)]);
    equal([one.process.exitCode, two.process.exitCode], [0, 0], "how the nodes ended");
    server.kill("SIGINT");
    await ended(server);
  });
  const problems = readFileSync(join(work, "postgres.log"), "utf8").split("\n").filter((line) => /ERROR|PANIC|WARNING/.test(line));
  if (problems.length > 0) console.log(`    the server's log has: ${[...new Set(problems.map((line) => line.replace(/^.*?(ERROR|PANIC|WARNING)/, "$1")))].join(" | ")}`);
}

let code = 0;
try {
  await prove();
  console.log(`    ${steps.join(", ")}`);
} catch (error) {
  code = 1;
  console.error(`    ${error.message}`);
  for (const name of ["one", "two", "postgres"]) {
    try {
      console.error(readFileSync(join(work, `${name}.log`), "utf8").split("\n").slice(-12).map((line) => `    ${name}: ${line}`).join("\n"));
    } catch {
      // It was not started yet.
    }
  }
} finally {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map(ended));
  rmSync(work, { recursive: true, force: true });
}
process.exit(code);
