// The board of jobs: what failed is found, looked at, done again, and all that match at once; a queue is paused.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { barriers } from "./harness/accessibility.ts";
import { Grid, NARROW, says, see, setStage, type Trouble, until, WIDE, watch } from "./harness/index.ts";

const stage = setStage("jobs");
let page: Page;
let troubles: Trouble[];

beforeAll(async () => {
  await stage.panel.sql(
    "quarterdeck",
    `insert into kernel.finished_jobs (id, kind, payload, state, run_at, attempt, max_attempts, request_id, created_at, started_at, finished_at, error, attempts)
     select ('0190b6c8-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'identity.erase-user', '{"id": "0190b6c8-0000-7000-8000-00000000abcd"}', 'discarded', now(), 4, 4, 'r', now(), now(), now(),
       'The server at 10.0.0.' || n || ' said no',
       jsonb_build_array(jsonb_build_object('attempt', 4, 'worker', 'node-1', 'started_at', now(), 'ended_at', now(), 'outcome', 'discarded',
         'error', 'The server said no', 'log', jsonb_build_array(jsonb_build_object('at', now(), 'line', 'asking for the third time'))))
     from generate_series(1, 120) n;
     insert into kernel.finished_jobs (id, kind, payload, state, run_at, attempt, max_attempts, request_id, created_at, finished_at)
     values ('0190b6c8-0000-7000-8000-00000000dead', 'gone.work', '{"old": true}', 'discarded', now(), 4, 4, 'r', now(), now())`,
  );
  page = await stage.owner.newPage();
  troubles = watch(page);
});

test("other panels' documents lead to the board", async () => {
  await page.goto("/administration/bull-board");
  await until("the board", async () => new URL(page.url()).pathname === "/admin/jobs");
  await see(page.getByRole("heading", { level: 1, name: "Jobs" }));
  await says(page.getByRole("navigation", { name: "How it stands" }), /Failed\s*121/);
});

test("a failed job shows its attempts and is done again", async () => {
  await page.goto("/admin/jobs?search=10.0.0.77 said");
  const grid = new Grid(page);
  await grid.settled();
  await page.goto("/admin/jobs/0190b6c8-0000-7000-8000-000000000077");
  await says(page.getByRole("region", { name: "Attempts" }), /Attempt 4.*Failed for good.*asking for the third time/s);
  expect(await barriers(page)).toEqual([]);
  await page.getByRole("button", { name: "Run again", exact: true }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Run again", exact: true }).click();
  await page.getByRole("link", { name: "Jobs that do it again" }).click();
  await new Grid(page).settled();
  await see(page.getByRole("row", { name: /identity.erase-user/ }));
});

test("what no room can run says so", async () => {
  await page.goto("/admin/jobs/0190b6c8-0000-7000-8000-00000000dead");
  await see(page.getByText(/No room knows the kind gone.work any more/));
});

test("all that match are looked at first, then done again", async () => {
  await page.goto("/admin/jobs?filter=state%3Deq.discarded");
  await new Grid(page).settled();
  await page.getByRole("checkbox", { name: /all/i }).first().check();
  await page.getByRole("button", { name: /matching/ }).click();
  await page.getByRole("button", { name: "Run again", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Try without changing" }).click();
  await see(dialog.getByText(/There is no kind gone.work any more/));
});

test("statistics and queues stand beside, at every width", async () => {
  // Those of the story, and what schedules did meanwhile.
  await page.goto("/admin/jobs/statistics");
  await see(page.getByRole("img", { name: /1[2-4]\d ended/ }));
  expect(await barriers(page)).toEqual([]);
  await page.setViewportSize(NARROW);
  await see(page.getByRole("img", { name: /1[2-4]\d ended/ }));
  await page.setViewportSize(WIDE);
  await page.goto("/admin/queues");
  await new Grid(page).settled();
  await see(page.getByText("default").first());
  expect(troubles).toEqual([]);
});
