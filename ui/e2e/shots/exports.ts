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

/** As if nobody had exported before: ten are kept of one person, and two run at once. */
const forget = (panel: Panel) => panel.sql("quarterdeck", "delete from explorer.exports");

async function begun(page: Page, panel: Panel) {
  await forget(panel);
  const dialog = await asking(page);
  await dialog.getByText("In the background").click();
  await dialog.getByRole("button", { name: "Export", exact: true }).click();
  return dialog;
}

async function done(page: Page, panel: Panel) {
  const dialog = await begun(page, panel);
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
  const dialog = await begun(page, panel);
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
      before: async (page, panel) => {
        const dialog = await done(page, panel);
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
