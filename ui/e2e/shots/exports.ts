// Exports in the background: asking, the work, the file.
import type { Page } from "playwright-core";
import { Grid, type Panel, see } from "../harness/index.ts";
import type { Shot } from "./pages.ts";

const TRACK = "/admin/tables/chinook/public/track";

async function asking(page: Page) {
  await new Grid(page).settled();
  await page.getByRole("button", { name: "Export" }).click();
  return see(page.getByRole("dialog"));
}

async function begun(page: Page) {
  const dialog = await asking(page);
  await dialog.getByText("In the background").click();
  await dialog.getByRole("button", { name: "Export", exact: true }).click();
  return dialog;
}

async function done(page: Page) {
  const dialog = await begun(page);
  await see(dialog.getByText("track.csv is ready"));
  return dialog;
}

/** Rows that take their time, so that there is something to see. */
async function slow(page: Page, panel: Panel) {
  await panel.sql(
    "chinook",
    "create or replace view slow as select track_id, name, repeat('x', 2000) as filler, case when pg_sleep(0.002) is null then 0 else 1 end as one from track",
  );
  await page.goto("/admin/tables/chinook/public/slow");
  const dialog = await begun(page);
  await see(dialog.getByText(/ KB| MB/));
  return dialog;
}

export function exportShots(): Shot[] {
  return [
    { name: "export-ask", path: TRACK, before: asking },
    { name: "export-done", path: TRACK, before: done },
    {
      name: "export-earlier",
      path: TRACK,
      before: async (page) => {
        const dialog = await done(page);
        await dialog.getByRole("button", { name: "Another export" }).click();
        await see(dialog.getByRole("table"));
      },
    },
    { name: "export-working", path: TRACK, before: slow, busy: true },
    {
      name: "export-notice",
      path: TRACK,
      before: async (page, panel) => {
        const dialog = await slow(page, panel);
        await dialog.locator(".mantine-Modal-body").getByRole("button", { name: "Close" }).click();
        await see(page.getByText(/slow.csv is being made/));
      },
      busy: true,
    },
  ];
}
