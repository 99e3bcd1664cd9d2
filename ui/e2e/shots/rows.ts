// What is done with rows: grouped, collected, undone, looked at in somebody's place, and what there is where nothing is.
import type { Page } from "playwright-core";
import { field, Grid, gone, note, type Panel, pick, see } from "../harness/index.ts";
import { viewAs } from "../harness/view-as.ts";
import type { Shot } from "./pages.ts";
import { furnish } from "./places.ts";

const TRACK = "/admin/tables/chinook/public/track";
const GENRE = "/admin/tables/chinook/public/genre";
const EMPTY = "/admin/tables/chinook/public/nothing_yet";

const edit = async (grid: Grid, row: number, column: string, text: string) => {
  const input = await grid.edit(row, column);
  await input.fill(text);
  await input.press("Enter");
};
const collect = async (page: Page) => {
  const grid = new Grid(page, "public.track");
  await grid.settled();
  await page.getByRole("switch", { name: "Collect changes" }).click();
  await edit(grid, 1, "name", "For Those About To Rock");
  await edit(grid, 2, "name", "Balls to the Wall (Live)");
  await edit(grid, 3, "composer", "F. Baltes, S. Kaufman");
  for (const row of [5, 6]) {
    await (await grid.cell(row, "name")).click();
    await page.keyboard.press("Control+Delete");
  }
  await page.getByRole("button", { name: "Insert row" }).click();
  const form = await see(page.getByRole("dialog", { name: "New row in track" }));
  const fill = (name: string, text: string) =>
    form.locator(`[data-field="${name}"]`).locator("input,textarea").first().fill(text);
  await fill("track_id", "4001");
  await fill("name", "Highway to Hell");
  await fill("album_id", "4");
  await fill("media_type_id", "1");
  await fill("milliseconds", "208000");
  await fill("unit_price", "0.99");
  await form.getByRole("button", { name: "Collect row" }).click();
  await gone(form);
  await see(page.getByRole("region", { name: "Collected changes" }));
};
const reviewed = async (page: Page) => {
  await collect(page);
  await page.getByRole("region", { name: "Collected changes" }).getByRole("button", { name: "Review" }).click();
  return see(page.getByRole("dialog", { name: "Changes of track" }));
};
const renamed = async (page: Page) => {
  const grid = new Grid(page, "public.genre");
  await grid.settled();
  await edit(grid, 5, "name", `Opera ${Math.round(performance.now())}`);
  await see(note(page, "Row saved"));
};
const empty = async (page: Page, panel: Panel) => {
  await panel.sql("chinook", "create table if not exists nothing_yet (id int primary key, name text)");
  await page.goto(EMPTY);
};

export function rowShots(): Shot[] {
  return [
    { name: "track-grouped", path: `${TRACK}?group=genre_id&sums=sum.milliseconds,max.unit_price` },
    {
      name: "track-group-picker",
      path: TRACK,
      before: async (page) => {
        await new Grid(page, "public.track").settled();
        await page.getByRole("button", { name: "Group", exact: true }).click();
        await see(page.getByRole("button", { name: "genre_id", exact: true }));
      },
    },
    { name: "track-staged", path: TRACK, before: collect },
    {
      name: "track-review",
      path: TRACK,
      before: async (page) => {
        const review = await reviewed(page);
        await see(review.getByRole("listitem").filter({ hasText: "invoice_line" }));
      },
    },
    {
      // Rows of an invoice stand in the way: refused as one.
      name: "track-review-refused",
      path: TRACK,
      before: async (page) => {
        const review = await reviewed(page);
        await review.getByRole("button", { name: "Try it" }).click();
        await see(review.getByText("Nothing was written"));
      },
    },
    {
      name: "track-review-tried",
      path: TRACK,
      before: async (page) => {
        const review = await reviewed(page);
        const gone = review.getByRole("region", { name: "Deleted", exact: true });
        for (let rows = 0; rows < 2; rows++) await gone.getByRole("button", { name: /^Keep/ }).first().click();
        await review.getByRole("button", { name: "Try it" }).click();
        await see(review.getByText("all of it can be written"));
      },
    },
    {
      name: "track-collected-form",
      path: TRACK,
      before: async (page) => {
        const review = await reviewed(page);
        await review.getByRole("button", { name: "Edit" }).first().click();
        await see(page.getByRole("dialog", { name: "New row in track" }));
      },
    },
    { name: "genre-undo", path: GENRE, before: renamed },
    {
      name: "genre-history",
      path: GENRE,
      before: async (page) => {
        await renamed(page);
        await page.goto(`${GENRE}?row=5`);
        await page.getByRole("tab", { name: "History" }).click();
        await see(page.getByRole("listitem").getByRole("button", { name: "Undo" }));
      },
    },
    {
      name: "track-copy-as",
      path: `${TRACK}?filter=genre_id%3Deq.1`,
      before: async (page) => {
        await new Grid(page, "public.track").settled();
        await page.getByRole("button", { name: "Copy as" }).first().click();
      },
    },
    {
      name: "track-operators",
      path: TRACK,
      before: async (page) => {
        await new Grid(page, "public.track").settled();
        await page.getByRole("button", { name: "Filter", exact: true }).click();
        await page.getByRole("button", { name: /^composer/ }).click();
        await pick(page, page.getByLabel("Operator"), /contains/).catch(() => undefined);
      },
    },
    { name: "table-no-match", path: `${TRACK}?search=nothingofthesort` },
    { name: "table-empty", path: "/admin/tables/chinook", before: empty },
    {
      name: "table-loading",
      path: TRACK,
      busy: true,
      before: async (page) => {
        await page.route("**/api/v1/data/**", () => {});
        await page.reload();
        await page.waitForTimeout(1500);
      },
    },
    {
      name: "table-failed",
      path: TRACK,
      before: async (page) => {
        await page.route("**/api/v1/data/**", (route) =>
          route.fulfill({
            status: 503,
            contentType: "application/problem+json",
            body: JSON.stringify({
              title: "Not available",
              status: 503,
              detail: "The source chinook doesn't answer",
              request_id: "r-1",
            }),
          }),
        );
        await page.reload();
        await see(page.getByRole("button", { name: /again/i }).first());
      },
    },
    { name: "table-developer", path: TRACK, who: "developer" },
    {
      name: "track-view-as",
      path: TRACK,
      before: async (page) => {
        await new Grid(page, "public.track").settled();
        await page.getByRole("button", { name: "View as…" }).click();
        const dialog = await see(page.getByRole("dialog"));
        await field(dialog, "Reason").fill("Case 4711");
      },
    },
    {
      name: "notes-impersonated",
      path: "/admin/tables/main",
      before: async (page, panel) => {
        await furnish(page, panel);
        await page.goto("/admin/tables/main/public/notes");
        await viewAs(page, "Nobody signed in");
      },
      after: async (page) => {
        await page
          .locator("button", { hasText: /^(Stop|Beenden)$/ })
          .first()
          .click();
        await gone(page.getByText(/sees tables as|sieht Tabellen/));
      },
    },
  ];
}
