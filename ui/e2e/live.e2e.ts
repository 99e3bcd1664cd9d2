// Live grids: what others change shows by itself, with who it was, and without moving what one reads.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { CHINOOK_URL } from "./harness/chinook.ts";
import { Grid, loadChinook, PATIENCE, says, see, setStage, signedIn, type Trouble, watch } from "./harness/index.ts";
import { populate } from "./harness/populate.ts";

const stage = setStage("live");
let page: Page;
let troubles: Trouble[];

const sql = (text: string) => stage.panel.sql("chinook", text);
const follow = (page: Page) => page.addInitScript(() => localStorage.setItem("quarterdeck.live", "true"));

beforeAll(async () => {
  await loadChinook(stage.panel);
  await sql("create table task (id int primary key, name text, done boolean default false)");
  await sql("insert into task select i, 'task ' || i from generate_series(1, 300) i");
  await sql(
    "create table small (id int primary key, name text); insert into small values (1, 'one'), (2, 'two'), (3, 'three')",
  );
  await sql("analyze");
  await populate(stage.owner, stage.panel, { users: 1, source: CHINOOK_URL });
  page = await stage.owner.newPage();
  await follow(page);
  troubles = watch(page);
});

async function open(page: Page, table: string, query = "") {
  await page.goto(`/admin/tables/chinook/public/${table}${query}`);
  const grid = new Grid(page, `public.${table}`);
  await grid.settled();
  await see(page.getByRole("button", { name: "Live", exact: true }));
  return grid;
}
const line = (page: Page) => page.getByRole("status").filter({ hasText: /row|emptied|changes/ });

test("a change by SQL shows in its cell, and a row that comes or goes does too", async () => {
  const grid = await open(page, "small");
  await sql("update small set name = 'eins' where id = 1");
  await expect.poll(() => grid.text(1, "name"), { timeout: PATIENCE }).toBe("eins");
  await says(line(page), "A client of the database changed a row");
  await sql("insert into small values (4, 'four')");
  await expect.poll(() => grid.text(4, "name"), { timeout: PATIENCE }).toBe("four");
  await says(line(page), "A client of the database added a row");
  await sql("delete from small where id = 2");
  await expect.poll(() => grid.column("id", 3), { timeout: PATIENCE }).toEqual(["1", "3", "4"]);
});

test("what one changes oneself in another window shows, and is not told", async () => {
  const grid = await open(page, "small");
  const other = await (await signedIn(stage.browser, stage.panel)).newPage();
  await follow(other);
  const theirs = await open(other, "small");
  const input = await theirs.edit(1, "name");
  await input.fill("uno");
  await input.press("Enter");
  await expect.poll(() => grid.text(1, "name"), { timeout: PATIENCE }).toBe("uno");
  // Both are the same person, and neither is told of themselves.
  expect(await line(page).count()).toBe(0);
  await other.context().close();
});

test("rows that come while one reads elsewhere are offered, and nothing moves", async () => {
  const grid = await open(page, "task");
  await grid.scrollTo(60);
  const seen = await grid.text(60, "name");
  await sql("insert into task select i, 'early ' || i from generate_series(-5, -1) i");
  const pill = await see(page.getByRole("button", { name: "5 new rows" }));
  expect(await grid.text(60, "name")).toBe(seen);
  // What is on the page is still kept up to date in its place.
  await sql(`update task set name = 'changed' where name = '${seen}'`);
  await expect.poll(() => grid.text(60, "name"), { timeout: PATIENCE }).toBe("changed");
  await pill.click();
  await expect.poll(() => grid.text(1, "name"), { timeout: PATIENCE }).toBe("early -5");
});

test("what one is writing stays, and a conflict is told when it is saved", async () => {
  const grid = await open(page, "small");
  const input = await grid.edit(1, "name");
  await input.fill("mine");
  await sql("update small set name = 'theirs' where id = 1");
  await says(line(page), "changed a row");
  expect(await input.inputValue()).toBe("mine");
  await input.press("Enter");
  await see(page.getByRole("dialog").filter({ hasText: "theirs" }));
  await page.keyboard.press("Escape");
});

test("it can be switched off, and stays off", async () => {
  const grid = await open(page, "small");
  await page.getByRole("button", { name: "Live", exact: true }).click();
  await page.getByRole("switch", { name: "Follow what others change" }).click();
  await see(page.getByRole("button", { name: "Not live" }));
  const before = await grid.text(2, "name");
  await sql("update small set name = 'unseen' where id = 3");
  await page.getByRole("button", { name: "Refresh" }).click();
  await expect.poll(() => grid.text(2, "name"), { timeout: PATIENCE }).toBe("unseen");
  expect(before).not.toBe("unseen");
});

test("nothing went wrong on the way", () => {
  expect(troubles.filter((trouble) => !trouble.what.startsWith("409"))).toEqual([]);
});
