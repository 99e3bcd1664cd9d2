// Every row that a filter finds: chosen, looked at, changed while the page is reloaded and paused, and changed back.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { CHINOOK_URL } from "./harness/chinook.ts";
import { Grid, gone, loadChinook, PATIENCE, says, see, setStage, type Trouble, watch } from "./harness/index.ts";
import { populate } from "./harness/populate.ts";

const stage = setStage("batch");
let page: Page;
let troubles: Trouble[];

const ask = (sql: string) => stage.panel.sql("chinook", sql);

beforeAll(async () => {
  await loadChinook(stage.panel);
  // Each row takes its time, so that there is something to stop.
  await ask(
    "create function dawdle() returns trigger language plpgsql as 'begin perform pg_sleep(0.002); return new; end'; " +
      "create trigger dawdle before update of composer on track for each row execute function dawdle()",
  );
  await populate(stage.owner, stage.panel, { users: 1, source: CHINOOK_URL });
  page = await stage.owner.newPage();
  troubles = watch(page);
});

const bar = () => page.getByRole("region", { name: "Selection" });
const dialog = () => page.getByRole("dialog", { name: "Change rows of track" });
const changed = () => ask("select count(*) from track where composer = 'Nobody'");

test("more rows than a page has are chosen, but for one, and looked at before anything happens", async () => {
  await page.goto("/admin/tables/chinook/public/track?order=track_id");
  const grid = new Grid(page, "public.track");
  await grid.settled();
  await grid.row(1).getByRole("checkbox").click({ force: true });
  await bar().getByRole("button", { name: "Select all 3,503" }).click();
  await says(bar(), "3,503 selected");
  await grid.row(2).getByRole("checkbox").click({ force: true });
  await says(bar(), "3,502 selected");
  await bar().getByRole("button", { name: "Change…" }).press("Enter");
  await see(dialog());
  await dialog().getByLabel("Which column gets a new value?").selectOption("composer");
  await dialog().getByRole("textbox", { name: "composer" }).fill("Nobody");
  await dialog().getByRole("button", { name: "See what would happen" }).click();
  await says(dialog().getByRole("status"), "3,502 rows of track would be changed");
  await says(dialog().getByRole("table", { name: "Some of the rows" }), "Nobody");
  await says(dialog().getByRole("status"), "The trigger dawdle runs dawdle for each row");
  expect(await changed()).toBe("0");
});

test("it goes on without the page, is found again, paused and gone on with", async () => {
  await dialog().getByText("In pieces").click();
  await dialog().getByRole("button", { name: "Change 3,502 rows" }).click();
  await see(dialog().getByRole("progressbar"));
  await page.reload();
  await see(dialog().getByRole("progressbar"));
  await dialog().getByRole("button", { name: "Pause" }).click();
  await see(dialog().getByText("Paused."));
  const some = Number(await changed());
  expect(some).toBeGreaterThan(0);
  expect(some).toBeLessThan(3502);
  await dialog().locator(".mantine-Modal-body").getByRole("button", { name: "Close" }).click();
  await gone(dialog());
  await says(page.getByText(/A change of many rows is paused/), "of 3,502");
  await page.getByRole("button", { name: "Show" }).click();
  await dialog().getByRole("button", { name: "Go on" }).click();
  await says(dialog().getByRole("status"), "3,502 rows were changed");
  expect(await changed()).toBe("3502");
  expect(await ask("select count(*) from track where track_id = 2 and composer = 'Nobody'")).toBe("0");
});

test("what was changed since stands in the way of undoing, and the others are undone", async () => {
  await ask("update track set name = 'Mine' where track_id = 3");
  await dialog().getByRole("button", { name: "Undo", exact: true }).click();
  const undo = page.getByRole("dialog", { name: "Undo a change of track" });
  await says(undo.getByRole("status"), "1 of 3502 rows were changed or deleted again since");
  await undo.getByRole("button", { name: "Undo the others" }).click();
  await says(undo.getByRole("status"), "3,501 rows are again what they were");
  await expect.poll(changed, { timeout: PATIENCE }).toBe("1");
  await undo.locator(".mantine-Modal-body").getByRole("button", { name: "Close" }).click();
  await gone(undo);
  expect(troubles).toEqual([]);
});
