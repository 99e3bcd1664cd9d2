// Changing rows without fear: history, undo, changes that are collected and committed together, cells pasted and filled, the trash.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { CHINOOK_URL } from "./harness/chinook.ts";
import { Grid, gone, loadChinook, note, PATIENCE, says, see, setStage, type Trouble, watch } from "./harness/index.ts";
import { populate } from "./harness/populate.ts";

const stage = setStage("undo");
let page: Page;
let troubles: Trouble[];

const sql = (text: string) => stage.panel.sql("chinook", text);
const stored = (text: string, value: string) => expect.poll(() => sql(text), { timeout: PATIENCE }).toBe(value);

beforeAll(async () => {
  await loadChinook(stage.panel);
  await sql("create table customer_note (id int primary key, text text, stars int, deleted_at timestamptz)");
  await sql("insert into customer_note select i, 'note ' || i, i % 5 from generate_series(1, 30) i");
  await sql("analyze customer_note");
  await populate(stage.owner, stage.panel, { users: 1, source: CHINOOK_URL });
  page = await stage.owner.newPage();
  await stage.owner.grantPermissions(["clipboard-read", "clipboard-write"]);
  troubles = watch(page);
});

const open = async (table: string, query = "") => {
  await page.goto(`/admin/tables/chinook/public/${table}${query}`);
  const grid = new Grid(page, `public.${table}`);
  await grid.settled();
  return grid;
};
const bar = () => page.getByRole("region", { name: "Collected changes" });
const edit = async (grid: Grid, row: number, column: string, text: string) => {
  const input = await grid.edit(row, column);
  await input.fill(text);
  await input.press("Enter");
};

test("an edit is undone from its note, and by the keyboard", async () => {
  const grid = await open("genre");
  await edit(grid, 1, "name", "Rock and Roll");
  await stored("select name from genre where genre_id = 1", "Rock and Roll");
  await note(page, "Row saved").getByRole("button", { name: "Undo" }).click();
  await see(note(page, "Undone: 1 row is as it was"));
  await stored("select name from genre where genre_id = 1", "Rock");
  await expect.poll(() => grid.text(1, "name"), { timeout: PATIENCE }).toBe("Rock");
  // The undo is a change, too.
  await (await grid.cell(1, "name")).click();
  await page.keyboard.press("Control+z");
  await stored("select name from genre where genre_id = 1", "Rock and Roll");
});

test("the history of a row has each field before and after, and takes one of them back", async () => {
  await open("genre", "?row=1");
  const row = await see(page.getByRole("dialog", { name: /^genre\s+1$/ }));
  await row.getByRole("tab", { name: "History" }).click();
  const entries = row.getByRole("listitem");
  await expect.poll(() => entries.count(), { timeout: PATIENCE }).toBe(3);
  await says(entries.first(), /Changed by .*Rock.*Rock and Roll/s);
  await entries.first().getByRole("button", { name: "Undo" }).click();
  await stored("select name from genre where genre_id = 1", "Rock");
  await expect.poll(() => entries.count(), { timeout: PATIENCE }).toBe(4);
});

test("a change that somebody has changed again is left alone, and the dialog says how it is now", async () => {
  const grid = await open("genre");
  await edit(grid, 2, "name", "Smooth Jazz");
  await stored("select name from genre where genre_id = 2", "Smooth Jazz");
  await sql("update genre set name = 'Free Jazz' where genre_id = 2");
  await note(page, "Row saved").getByRole("button", { name: "Undo" }).click();
  const dialog = await see(page.getByRole("dialog", { name: "This can't be undone" }));
  for (const value of ["Smooth Jazz", "Free Jazz"]) await says(dialog, value);
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  await gone(dialog);
  expect(await sql("select name from genre where genre_id = 2")).toBe("Free Jazz");
  // The refusal is what this is about.
  troubles.splice(0, troubles.length, ...troubles.filter(({ what }) => !what.startsWith("409")));
});

test("many deleted rows come back together", async () => {
  const grid = await open("playlist_track", "?filter=playlist_id%3Deq.9");
  await grid.row(1).getByRole("checkbox").click({ force: true });
  await page.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Delete row" }).click();
  await page.getByRole("dialog", { name: "Delete this row?" }).getByRole("button", { name: "Delete row" }).click();
  await stored("select count(*) from playlist_track where playlist_id = 9", "0");
  await note(page, "Row deleted").getByRole("button", { name: "Undo" }).click();
  await stored("select count(*) from playlist_track where playlist_id = 9", "1");
});

test("changes are collected, looked at, and committed as one", async () => {
  const grid = await open("customer_note");
  await page.getByRole("switch", { name: "Collect changes" }).click();
  await edit(grid, 1, "text", "first");
  await edit(grid, 2, "text", "second");
  await edit(grid, 3, "stars", "5");
  await says(bar(), "3 changes in 3 rows");
  expect(await sql("select count(*) from customer_note where text like 'note %'")).toBe("30");
  expect(await (await grid.cell(1, "text")).getAttribute("data-mark")).toBe("changed");
  await bar().getByRole("button", { name: "Review" }).click();
  const review = await see(page.getByRole("dialog", { name: "Changes of customer_note" }));
  await says(review, /note 1.*first/s);
  await review.getByRole("button", { name: "Discard text of 2" }).click();
  await review.getByRole("button", { name: "Commit 2 changes" }).click();
  await stored("select text || stars from customer_note where id = 1", "first1");
  await stored("select text || stars from customer_note where id = 3", "note 35");
  expect(await sql("select text from customer_note where id = 2")).toBe("note 2");
  await note(page, "2 rows changed").getByRole("button", { name: "Undo" }).click();
  await stored("select count(*) from customer_note where text like 'note %'", "30");
});

test("a block from a spreadsheet goes into its cells, and what doesn't fit is marked where it stands", async () => {
  const grid = await open("customer_note");
  await page.evaluate(() => navigator.clipboard.writeText("alpha\t4\nbeta\tmany\ngamma\t"));
  await (await grid.cell(1, "text")).click();
  await page.keyboard.press("Control+v");
  await says(bar(), "6 changes in 3 rows");
  const wrong = await grid.cell(2, "stars");
  await expect.poll(() => wrong.getAttribute("data-mark"), { timeout: PATIENCE }).toBe("wrong");
  expect(await wrong.getAttribute("title")).toBe("Enter a whole number");
  const commit = bar().getByRole("button", { name: "Commit 6 changes" });
  expect(await commit.isDisabled()).toBe(true);
  await edit(grid, 2, "stars", "3");
  await commit.click();
  await stored(
    "select string_agg(text || coalesce(stars::text, 'NULL'), ' ' order by id) from customer_note where id <= 3",
    "alpha4 beta3 gammaNULL",
  );
});

test("a marked block is filled down, copied and emptied by the keyboard alone", async () => {
  const grid = await open("customer_note");
  await (await grid.cell(4, "text")).click();
  for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"]) await page.keyboard.press(`Shift+${key}`);
  await page.keyboard.press("Control+c");
  await says(page.getByRole("main"), "6 cells copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("note 4\t4\nnote 5\t0\nnote 6\t1");
  await page.keyboard.press("Control+d");
  await says(bar(), "4 changes in 2 rows");
  await bar().getByRole("button", { name: "Commit 4 changes" }).click();
  await stored(
    "select string_agg(text || stars, ' ' order by id) from customer_note where id between 4 and 6",
    "note 44 note 44 note 44",
  );
  await (await grid.cell(7, "text")).click();
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Delete");
  await says(bar(), "2 changes in 1 row");
  await bar().getByRole("button", { name: "Discard all" }).click();
  await says(bar(), "are collected until you commit them");
});

test("somebody else's change of the same field is asked about, of another it is kept", async () => {
  const grid = await open("customer_note");
  await page.getByRole("switch", { name: "Collect changes" }).click();
  await edit(grid, 8, "text", "mine");
  await edit(grid, 9, "text", "also mine");
  await sql("update customer_note set stars = 1 where id = 9; update customer_note set text = 'theirs' where id = 8");
  await bar().getByRole("button", { name: "Commit 2 changes" }).click();
  const dialog = await see(page.getByRole("dialog", { name: "Someone else changed row 8" }));
  await says(dialog, "theirs");
  await dialog.getByRole("radiogroup", { name: "Value of text" }).getByText("Theirs", { exact: true }).click();
  await dialog.getByRole("button", { name: "Save choice" }).click();
  await bar().getByRole("button", { name: "Commit 1 change" }).click();
  await stored(
    "select string_agg(text || stars, ' ' order by id) from customer_note where id in (8, 9)",
    "theirs3 also mine1",
  );
  troubles.splice(0, troubles.length, ...troubles.filter(({ what }) => !what.startsWith("409")));
});

test("whoever leaves with collected changes is asked, a filter loses none", async () => {
  const grid = await open("customer_note");
  await page.getByRole("switch", { name: "Collect changes" }).click();
  await edit(grid, 10, "text", "kept");
  await grid.header("stars").click();
  await says(bar(), "1 change in 1 row");
  await page.getByRole("link", { name: "Audit log", exact: true }).first().click();
  const ask = await see(page.getByRole("dialog", { name: "Leave without saving?" }));
  await ask.getByRole("button", { name: "Keep editing" }).click();
  await gone(ask);
  await says(bar(), "1 change in 1 row");
  await bar().getByRole("button", { name: "Discard all" }).click();
});

test("common values are one click away", async () => {
  const grid = await open("customer_note");
  await page.getByRole("group", { name: "Filters" }).getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("button", { name: /^stars/ }).click();
  const form = page.getByRole("dialog");
  const values = await see(form.getByRole("group", { name: "Most common" }));
  await values.getByRole("button").first().click();
  await form.getByRole("button", { name: "Apply" }).click();
  await see(page.getByRole("button", { name: /^Change filter: stars/ }));
  await grid.settled();
});

test("rows go into the trash at once, are seen there, and come back", async () => {
  const grid = await open("customer_note");
  await grid.row(1).getByRole("checkbox").click({ force: true });
  await page.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Move to trash" }).click();
  await see(note(page, "Row moved to the trash"));
  await stored("select count(*) from customer_note where deleted_at is not null", "1");
  await expect.poll(() => grid.text(1, "id"), { timeout: PATIENCE }).toBe("2");
  await page.getByRole("radiogroup", { name: "Rows or trash" }).getByText("Trash", { exact: true }).click();
  await expect.poll(() => grid.text(1, "id"), { timeout: PATIENCE }).toBe("1");
  await grid.row(1).getByRole("checkbox").click({ force: true });
  await page.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Restore" }).click();
  await stored("select count(*) from customer_note where deleted_at is not null", "0");
  await see(page.getByText("The trash is empty"));
});

test("the audit log takes a change back, after it has said how many rows that is", async () => {
  await page.goto("/admin/audit");
  await page.getByRole("list", { name: "Audit log" }).getByRole("button").first().click();
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  const dialog = await see(page.getByRole("dialog", { name: "Undo this change?" }));
  await dialog.getByRole("button", { name: "Undo 1 row" }).click();
  await see(note(page, "Undone: 1 row is as it was"));
  // The last thing done was to restore a row.
  await stored("select count(*) from customer_note where deleted_at is not null", "1");
});

test("nothing went wrong unseen", () => {
  expect(troubles).toEqual([]);
});
