// Many rows at once: what is to become of them, the look at it, the work, the end.
import type { Page } from "playwright-core";
import { Grid, type Panel, see } from "../harness/index.ts";
import type { Shot } from "./pages.ts";

const TRACK = "/admin/tables/chinook/public/track?filter=composer%3Dilike.*Page*";
const ARTIST = "/admin/tables/chinook/public/artist";
const EVERY = "/admin/tables/chinook/public/playlist_track";

async function chosen(page: Page) {
  const grid = new Grid(page);
  await grid.settled();
  await grid.row(2).getByRole("checkbox").click({ force: true });
  const bar = page.getByRole("region", { name: "Selection" });
  const all = bar.getByRole("button", { name: /^Select all/ });
  await all.click({ timeout: 5000 });
  return bar;
}

async function asking(page: Page) {
  const bar = await chosen(page);
  await bar.getByRole("button", { name: "Change…" }).click();
  const dialog = await see(page.getByRole("dialog"));
  await dialog.getByLabel("Which column gets a new value?").selectOption("composer");
  return dialog;
}

async function looked(page: Page) {
  const dialog = await asking(page);
  await dialog.getByRole("textbox", { name: "composer" }).fill("Jimmy Page");
  await dialog.getByRole("button", { name: "See what would happen" }).click();
  await see(dialog.getByText("would be changed"));
  return dialog;
}

async function done(page: Page) {
  const dialog = await looked(page);
  await dialog.getByRole("button", { name: /^Change \d/ }).click();
  await see(dialog.getByText("were changed"));
}

/** Each row takes its time, so that there is something to see. */
async function working(page: Page, panel: Panel) {
  await panel.sql(
    "chinook",
    "create or replace function dawdle() returns trigger language plpgsql as 'begin perform pg_sleep(0.002); return new; end'; " +
      "create or replace trigger dawdle before update on track for each row execute function dawdle()",
  );
  const grid = new Grid(page);
  await grid.settled();
  await grid.row(2).getByRole("checkbox").click({ force: true });
  const bar = page.getByRole("region", { name: "Selection" });
  await bar.getByRole("button", { name: /^Select all/ }).click();
  await bar.getByRole("button", { name: "Change…" }).click();
  const dialog = await see(page.getByRole("dialog"));
  await dialog.getByLabel("Which column gets a new value?").selectOption("bytes");
  await dialog.getByRole("textbox", { name: "bytes" }).fill("1");
  await dialog.getByRole("button", { name: "See what would happen" }).click();
  await dialog.getByText("In pieces").click();
  await dialog.getByRole("button", { name: /^Change \d/ }).click();
  await see(dialog.getByRole("progressbar"));
  await dialog.getByRole("button", { name: "Pause" }).click();
  await see(dialog.getByText("Paused."));
}

export function batchShots(): Shot[] {
  return [
    { name: "batch-chosen", path: EVERY, before: chosen },
    { name: "batch-ask", path: TRACK, before: asking },
    { name: "batch-look", path: TRACK, before: looked },
    {
      name: "batch-delete",
      path: ARTIST,
      before: async (page) => {
        const grid = new Grid(page);
        await grid.settled();
        await page.goto(`${EVERY}?filter=playlist_id%3Dlt.9`);
        const bar = await chosen(page);
        await bar.getByRole("button", { name: /^Delete/ }).click();
        await see(page.getByText("would be deleted"));
      },
    },
    { name: "batch-done", path: TRACK, before: done },
    { name: "batch-paused", path: "/admin/tables/chinook/public/track", before: working, busy: true },
  ];
}
