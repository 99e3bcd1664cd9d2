// Many rows at once in the table explorer: everything that a filter matches, or the reason why not; and what the page remembers.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { CHINOOK_URL } from "./harness/chinook.ts";
import {
  address,
  Grid,
  gone,
  loadChinook,
  note,
  PATIENCE,
  says,
  see,
  setStage,
  type Trouble,
  watch,
} from "./harness/index.ts";
import { populate } from "./harness/populate.ts";

const stage = setStage("many-rows");
let page: Page;
let troubles: Trouble[];

beforeAll(async () => {
  await loadChinook(stage.panel);
  await stage.panel.sql(
    "chinook",
    "create schema stock; create table stock.shelf (shelf_id bigint primary key, label text)",
  );
  await stage.panel.sql("chinook", "insert into stock.shelf values (-9223372036854775808, 'top')");
  await populate(stage.owner, stage.panel, { users: 1, source: CHINOOK_URL });
  page = await stage.owner.newPage();
  // A table that isn't there is part of the story.
  troubles = watch(page, (status, path) => status === 404 && path.endsWith("/no_such_table"));
});

const bar = () => page.getByRole("region", { name: "Selection" });
const entries = () => stage.panel.sql("chinook", "select count(*) from playlist_track where playlist_id = 12");

test("pinned columns stay where they are while the others go by, and come to rest again", async () => {
  await page.goto("/admin/tables/chinook/public/track?cols=pin%3Dname");
  const grid = new Grid(page, "public.track");
  await grid.settled();
  const places = () =>
    page.evaluate(() => {
      const row = document.querySelector("[role=row][aria-rowindex='3']");
      const left = (cell: Element) => Math.round(cell.getBoundingClientRect().left);
      return {
        pinned: [...(row?.querySelectorAll("[data-pinned]") ?? [])].map(left),
        track: left(row?.querySelector("[data-column=track_id]") as Element),
      };
    });
  const aside = (by: number) =>
    page.evaluate(async (x) => {
      document.querySelector("[role=grid]")?.scrollTo({ left: x });
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
    }, by);
  const rest = await places();
  expect(rest.pinned.length).toBe(2);
  await aside(40);
  const moved = await places();
  expect(moved.pinned).toEqual(rest.pinned);
  expect(moved.track).toBe(rest.track - 40);
  await aside(0);
  expect(await places()).toEqual(rest);
});

test("all that a filter matches is deleted by that filter, but for a row taken out again", async () => {
  await page.goto("/admin/tables/chinook/public/playlist_track?filter=playlist_id%3Deq.12&order=track_id");
  const grid = new Grid(page, "public.playlist_track");
  await grid.settled();
  expect(await entries()).toBe("75");
  const first = await grid.text(1, "track_id");
  await grid.row(2).getByRole("checkbox").click({ force: true });
  await says(bar(), "One selected");
  await bar().getByRole("button", { name: "Select all 75" }).click();
  await says(bar(), "75 selected");
  await grid.row(1).getByRole("checkbox").click({ force: true });
  await says(bar(), "74 selected");
  await bar().getByRole("button", { name: "Delete 74 rows" }).click();
  const confirm = await see(page.getByRole("dialog", { name: "Delete 74 rows?" }));
  await says(confirm, "74 rows of playlist_track: all that match");
  const go = confirm.getByRole("button", { name: "Delete 74 rows" });
  expect(await go.isDisabled()).toBe(true);
  const typed = confirm.getByLabel("Type 74 to confirm");
  await expect.poll(() => typed.evaluate((input) => input === document.activeElement)).toBe(true);
  await typed.fill("74");
  await go.click();
  await see(note(page, "74 rows deleted"));
  await gone(bar());
  expect(await entries()).toBe("1");
  expect(first).toContain(
    await stage.panel.sql("chinook", "select track_id from playlist_track where playlist_id = 12"),
  );
});

test("rows that come to match while the dialog is open are not deleted along: nothing is", async () => {
  await page.goto("/admin/tables/chinook/public/playlist_track?filter=playlist_id%3Deq.11");
  const grid = new Grid(page, "public.playlist_track");
  await grid.settled();
  const before = Number(await stage.panel.sql("chinook", "select count(*) from playlist_track where playlist_id = 11"));
  await grid.row(1).getByRole("checkbox").click({ force: true });
  await bar()
    .getByRole("button", { name: `Select all ${before}` })
    .click();
  await bar()
    .getByRole("button", { name: `Delete ${before} rows` })
    .click();
  const confirm = await see(page.getByRole("dialog", { name: `Delete ${before} rows?` }));
  await stage.panel.sql("chinook", "insert into playlist_track values (11, 3503)");
  await confirm.getByLabel(`Type ${before} to confirm`).fill(String(before));
  troubles.length = 0;
  await confirm.getByRole("button", { name: `Delete ${before} rows` }).click();
  await says(confirm.getByRole("alert"), "Nothing was changed");
  // The refusal is what this is about.
  troubles.length = 0;
  expect(await stage.panel.sql("chinook", "select count(*) from playlist_track where playlist_id = 11")).toBe(
    String(before + 1),
  );
  await confirm.getByRole("button", { name: "Cancel" }).click();
});

test("more than one statement may change can be chosen at once, and is looked at first", async () => {
  await page.goto("/admin/tables/chinook/public/track");
  const grid = new Grid(page, "public.track");
  await grid.settled();
  await grid.row(1).getByRole("checkbox").click({ force: true });
  await bar().getByRole("button", { name: "Select all 3,503" }).click();
  await bar().getByRole("button", { name: "Delete 3,503 rows" }).click();
  const look = await see(page.getByRole("dialog", { name: "Delete rows of track" }));
  await says(look, "invoice_line");
  await see(look.getByText("3,503 rows of track would be deleted"));
  // Rows elsewhere point to them, so there is nothing to confirm.
  expect(await look.getByRole("button", { name: "Delete 3,503 rows" }).isDisabled()).toBe(true);
  await look.getByRole("button", { name: "Cancel" }).click();
  await gone(look);
  await bar().getByRole("button", { name: "Clear selection" }).click();
  await gone(bar());
});

test("the sort is said where its column is out of view, turned around and removed there", async () => {
  await page.goto("/admin/tables/chinook/public/track?order=unit_price.desc,name");
  const grid = new Grid(page, "public.track");
  await grid.settled();
  await page.getByRole("button", { name: "Sorted by unit_price, descending: turn around" }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("order"), { timeout: PATIENCE }).toBe("unit_price,name");
  await page.getByRole("button", { name: "Remove unit_price from the sort" }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("order"), { timeout: PATIENCE }).toBe("name");
});

test("what was typed into a row is not lost by a step to the next or out of the drawer", async () => {
  await page.goto("/admin/tables/chinook/public/artist?row=2");
  const row = await see(page.getByRole("dialog", { name: /^artist\s+2$/ }));
  await row.getByRole("button", { name: "Edit", exact: true }).click();
  await row.getByLabel("name", { exact: true }).fill("Accepted");
  const ask = page.getByRole("dialog", { name: "Leave without saving?" });
  for (const way of ["Next row", "Close"]) {
    await row.getByRole("button", { name: way }).click();
    await see(ask);
    await ask.getByRole("button", { name: "Keep editing" }).click();
    await gone(ask);
    expect(await row.getByLabel("name", { exact: true }).inputValue()).toBe("Accepted");
  }
  await row.getByRole("button", { name: "Close" }).click();
  await ask.getByRole("button", { name: "Leave without saving" }).click();
  await gone(row);
  expect(await stage.panel.sql("chinook", "select name from artist where artist_id = 2")).toBe("Accept");

  await page.getByRole("button", { name: "Insert row" }).click();
  const drawer = await see(page.getByRole("dialog", { name: "New row in artist" }));
  await drawer.getByLabel("name", { exact: true }).fill("Nobody");
  await drawer.getByRole("button", { name: "Cancel" }).click();
  await ask.getByRole("button", { name: "Leave without saving" }).click();
  await gone(drawer);
});

test("a changed key leads to the row under its new address", async () => {
  await stage.panel.sql("chinook", "insert into artist values (9002, 'Passing')");
  await page.goto("/admin/tables/chinook/public/artist?row=9002");
  const row = await see(page.getByRole("dialog", { name: /^artist\s+9002$/ }));
  await row.getByRole("button", { name: "Edit", exact: true }).click();
  await row.getByLabel("artist_id", { exact: true }).fill("9003");
  await row.getByRole("button", { name: "Save" }).click();
  await see(page.getByRole("dialog", { name: /^artist\s+9003$/ }));
  await address(page, /row=9003/);
});

test("a question that can't be answered has a way out", async () => {
  await page.goto("/admin/tables/chinook/public/artist?order=nothing");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await new Grid(page, "public.artist").settled();
  troubles.splice(0, troubles.length, ...troubles.filter(({ what }) => !what.startsWith("400 GET")));
});

test("only tables that were there are remembered, with their schema where it isn't the usual one", async () => {
  await page.goto("/admin/tables/chinook/public/no_such_table");
  await see(page.getByText("public.no_such_table is not there"));
  await page.goto("/admin/tables/chinook/stock/shelf");
  const grid = new Grid(page, "stock.shelf");
  await grid.settled();
  const navigation = page.getByRole("navigation", { name: "Navigation" });
  await see(navigation.getByRole("link", { name: "stock.shelf" }));
  expect(await navigation.getByRole("link", { name: "no_such_table" }).count()).toBe(0);
  // Nineteen digits and their sign stand there whole.
  const cut = await (await grid.cell(1, "shelf_id")).evaluate((cell) =>
    [cell, ...cell.querySelectorAll("*")].some((one) => one.scrollWidth > one.clientWidth + 1),
  );
  expect(cut).toBe(false);
});

test("nothing went wrong unseen", () => {
  expect(troubles).toEqual([]);
});
