// The SQL console: runs, plans, transactions, stopping, and queries that are kept and shown to others.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { CHINOOK_URL } from "./harness/chinook.ts";
import { field, gone, loadChinook, note, PATIENCE, says, see, setStage, type Trouble, watch } from "./harness/index.ts";
import { populate } from "./harness/populate.ts";

const stage = setStage("console");
let page: Page;
let troubles: Trouble[];

const CONSOLE = "/admin/tables/sql?source=chinook";
const button = (name: string) => page.getByRole("button", { name, exact: true });
const editor = () => page.getByRole("textbox", { name: "SQL" });
const results = () => page.locator("main");
const write = async (sql: string) => {
  await (await see(editor())).fill(sql);
};

beforeAll(async () => {
  await loadChinook(stage.panel);
  await populate(stage.owner, stage.panel, { users: 1, source: CHINOOK_URL });
  page = await stage.owner.newPage();
  await stage.owner.grantPermissions(["clipboard-read", "clipboard-write"]);
  troubles = watch(page);
  await page.goto(CONSOLE);
});

test("a statement shows its rows with their types, and the next one in its place", async () => {
  await write("select genre_id, name from genre order by 1 limit 3");
  await button("Run").click();
  await says(results(), /genre_id.*integer.*name.*Rock/s);
  await write("select 1 as one;\nselect 'second' as two");
  await button("Run all").click();
  const statements = await see(page.getByRole("tablist", { name: "Statements" }));
  await expect.poll(() => statements.getByRole("tab").count(), { timeout: PATIENCE }).toBe(2);
  await says(results(), "second");
});

test("what is wrong is marked where it is, and nothing can be changed while only reading", async () => {
  await write("select name\nfrom nowhere");
  await button("Run").click();
  await says(results(), /nowhere.*does not exist/s);
  await write("delete from genre");
  await button("Run").click();
  await says(results(), /read-only/);
  expect(await stage.panel.sql("chinook", "select count(*) from genre")).toBe("25");
});

test("one transaction keeps what it did, or none of it", async () => {
  await page.getByText("One transaction", { exact: true }).click();
  await write("insert into genre values (90, 'Console'); insert into genre values (90, 'Twice')");
  await button("Run all").click();
  await says(results(), /genre_pkey|duplicate key/);
  expect(await stage.panel.sql("chinook", "select count(*) from genre where genre_id = 90")).toBe("0");
  await write("insert into genre values (90, 'Console')");
  await button("Run").click();
  await expect
    .poll(() => stage.panel.sql("chinook", "select count(*) from genre where genre_id = 90"), { timeout: PATIENCE })
    .toBe("1");
  await page.getByText("Read only", { exact: true }).click();
});

test("a plan is drawn, parameters are bound, and a long run is stopped", async () => {
  await write("select * from track where genre_id = :genre");
  await page.getByRole("textbox", { name: ":genre" }).fill("2");
  await button("Run").click();
  await says(results(), "Desafinado");
  await button("Explain").click();
  await says(results(), /Seq Scan|Index Scan|Bitmap/);
  await write("select pg_sleep(50)");
  await button("Run").click();
  await (await see(button("Cancel"))).click();
  await see(button("Run"));
  await says(results(), /[Cc]ancel/);
});

test("a query is saved, found, shared by a link and opened by somebody else", async () => {
  await write("select count(*) as tracks from track");
  await button("Save").click();
  const dialog = await see(page.getByRole("dialog", { name: "Save query" }));
  await field(dialog, "Name").fill("Number of tracks");
  await field(dialog, "What it is for").fill("For the report");
  await dialog.getByRole("radio", { name: "Everybody" }).click();
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await gone(dialog);
  await see(page.getByRole("tab", { name: "Number of tracks" }));
  await button("Queries").click();
  const drawer = await see(page.getByRole("dialog", { name: "Queries" }));
  await says(drawer, /Number of tracks.*For the report.*select count/s);
  await drawer.getByRole("button", { name: "Copy link" }).click();
  await see(note(page, "Link copied"));
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await drawer.getByText("History", { exact: true }).click();
  await says(drawer, "pg_sleep");
  await page.keyboard.press("Escape");
  await gone(drawer);

  await page.evaluate(() => window.localStorage.clear());
  await page.goto(link);
  await see(page.getByRole("tab", { name: "Number of tracks", selected: true }));
  await says(editor(), "select count(*) as tracks");
  await button("Run").click();
  await says(results(), "3503");
  // Saved again, it is the same query.
  await write("select count(*) as all_tracks from track");
  await button("Save").click();
  const again = await see(page.getByRole("dialog", { name: "Save query" }));
  await again.getByRole("button", { name: "Save", exact: true }).click();
  await gone(again);
  await page.goto(link);
  await says(editor(), "all_tracks");
  await page.goto("/admin/tables/sql?query=nowhere");
  await see(page.getByText("There is no saved query behind this link"));
  expect(troubles).toEqual([]);
});
