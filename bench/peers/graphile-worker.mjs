// graphile-worker at its best documented setting (a local queue of 500 and completions in batches), with a job that does
// nothing: how many of the jobs that wait in the database at its start it ends in a second.
import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";

const [folder, connectionString, count] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const { run, makeWorkerUtils } = require("graphile-worker");
const { Pool } = require("pg");

const pool = new Pool({ connectionString, max: 12 });
const utils = await makeWorkerUtils({ pgPool: pool });
await utils.migrate();
await pool.query("delete from graphile_worker._private_jobs");
await pool.query(
  "select graphile_worker.add_job('nothing', json_build_object('text', repeat('x', 200)), max_attempts := 4) from generate_series(1, $1::int)",
  [Number(count)],
);
await pool.query("vacuum analyze graphile_worker._private_jobs");
const quiet = { debug() {}, info() {}, warn: console.warn, error: console.error };
const { Logger } = require("graphile-worker");
const started = performance.now();
const runner = await run({
  pgPool: pool,
  noHandleSignals: true,
  logger: new Logger(() => (level, message) => (quiet[level] ?? (() => {}))(message)),
  taskList: { nothing: async () => {} },
  preset: { worker: { concurrentJobs: 24, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
});
for (;;) {
  const { rows } = await pool.query("select exists (select from graphile_worker._private_jobs) as waits");
  if (!rows[0].waits) break;
  await new Promise((wake) => setTimeout(wake, 20));
}
const seconds = (performance.now() - started) / 1000;
await runner.stop();
await utils.release();
await pool.end();
console.log(JSON.stringify({ per_second: Number(count) / seconds }));
