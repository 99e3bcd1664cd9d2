// The board of jobs, as pictures.
import { Grid, type Panel, see } from "../harness/index.ts";
import type { Shot } from "./pages.ts";

/** Jobs that ended over the last hour, and some that wait. */
const fill = (panel: Panel) =>
  panel.sql(
    "quarterdeck",
    `delete from kernel.finished_jobs;
     insert into kernel.finished_jobs (id, kind, payload, state, run_at, attempt, max_attempts, request_id, created_at, started_at, finished_at, error, attempts)
     select ('0190b6c8-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, (array['mail.deliver', 'identity.erase-user', 'explorer.export-rows'])[1 + n % 3],
       jsonb_build_object('id', n), case when n % 9 = 0 then 'discarded' else 'completed' end,
       t - interval '2 s', 1 + n % 4, 4, 'r', t - interval '3 s', t - interval '1.2 s' * (n % 5), t,
       case when n % 9 = 0 then 'The mail server mail.example.com:587 did not answer within 30 s' end,
       case when n % 9 = 0 then jsonb_build_array(
         jsonb_build_object('attempt', 1, 'worker', 'node-1', 'started_at', t - interval '90 s', 'ended_at', t - interval '60 s', 'outcome', 'failed',
           'error', 'The mail server did not answer', 'log', jsonb_build_array(jsonb_build_object('at', t, 'line', 'connecting to mail.example.com'))),
         jsonb_build_object('attempt', 2, 'worker', 'node-1', 'started_at', t - interval '30 s', 'ended_at', t, 'outcome', 'discarded',
           'error', 'The mail server did not answer', 'log', jsonb_build_array(jsonb_build_object('at', t, 'line', 'connecting to mail.example.com'),
             jsonb_build_object('at', t, 'line', 'it said nothing for 30 s'))))
       else '[]' end
     from (select n, now() - (n * n % 3500) * interval '1 s' as t from generate_series(1, 400) n) x on conflict do nothing;
     insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, request_id, created_at)
     select ('0190b6c9-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'gone.work', '{"letter": "welcome"}', 'scheduled', now() + interval '1 day', 4, 'r', now()
     from generate_series(1, 7) n on conflict do nothing`,
  );

export function workShots(): Shot[] {
  const of = (name: string, path: string, heading = true): Shot => ({
    name: `work-${name}`,
    path,
    busy: true,
    before: async (page, panel) => {
      await fill(panel);
      await page.reload();
      await (heading ? see(page.getByRole("heading", { level: 1 })) : new Grid(page).settled());
      await page.waitForTimeout(800);
    },
  });
  return [
    of("jobs", "/admin/jobs", false),
    of("job", "/admin/jobs/0190b6c8-0000-7000-8000-000000000009"),
    of("statistics", "/admin/jobs/statistics"),
    of("begin", "/admin/jobs/new"),
    of("queues", "/admin/queues", false),
    of("workers", "/admin/workers", false),
  ];
}
