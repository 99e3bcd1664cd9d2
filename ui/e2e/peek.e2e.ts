// What a key points at, shown without leaving the table: to whoever points at it or stands on it, until Escape.
import type { Locator, Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { barriers } from "./harness/accessibility.ts";
import { address, Grid, gone, NARROW, says, see, setStage, type Trouble, until, WIDE, watch } from "./harness/index.ts";
import { placeBanner, viewAs } from "./harness/view-as.ts";

const BOOKS = "/admin/tables/main/public/book";

const stage = setStage("peek");
let page: Page;
let troubles: Trouble[];
let grid: Grid;

beforeAll(async () => {
  await stage.panel.sql(
    "quarterdeck",
    `create table public.shelf (id int primary key, label text, room text);
     create table public.vault (id int primary key, label text);
     create table public.book (
       id int primary key, title text,
       shelf_id int references public.shelf on delete set null, vault_id int references public.vault
     );
     insert into public.shelf values (1, 'Top shelf', 'Library'), (2, 'Lower shelf', 'Attic');
     insert into public.vault values (1, 'Behind the picture');
     insert into public.book values (1, 'Moby Dick', 1, 1), (2, 'Omoo', 2, null), (3, 'Typee', null, null);
     grant select on public.book to anon;`,
  );
  page = await stage.owner.newPage();
  troubles = watch(page, (status, path) => status === 403 && /\/(vault|shelf)$/.test(path));
  await page.clock.install();
  await page.goto(BOOKS);
  grid = new Grid(page, "public.book");
  await grid.settled();
});

const card = () => page.getByRole("tooltip");
const keyIn = async (row: number, column: string): Promise<Locator> => (await grid.cell(row, column)).getByRole("link");
const away = () => page.mouse.move(5, 5);

/** The page's time goes on only as a test says. */
async function stopTime(): Promise<void> {
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1000);
}

test("who only passes by sees nothing; who stays sees the row behind the key", async () => {
  await stopTime();
  const key = await keyIn(1, "shelf_id");
  await key.hover();
  await page.clock.runFor(300);
  await away();
  await page.clock.runFor(2000);
  expect(await card().count()).toBe(0);
  await key.hover();
  await page.clock.runFor(300);
  expect(await card().count(), "not at once").toBe(0);
  await page.clock.runFor(60);
  await page.clock.resume();
  await says(card(), "public.shelf");
  await says(card(), /label.*Top shelf.*room.*Library/s);
  expect(await barriers(page, card())).toEqual([]);
});

test("it stays while it is read, and goes with the pointer", async () => {
  await card().hover();
  await stopTime();
  await page.clock.runFor(2000);
  expect(await card().count()).toBe(1);
  await page.clock.resume();
  await away();
  await gone(card());
});

test("with the keyboard it opens on its cell, and Escape closes nothing but it", async () => {
  await (await grid.cell(1, "title")).click();
  await page.keyboard.press("x");
  const bar = await see(page.getByRole("region", { name: "Selection" }));
  await page.keyboard.press("ArrowRight");
  await says(card(), "Top shelf");
  const cell = await grid.cell(1, "shelf_id");
  expect(await cell.evaluate((one) => one === document.activeElement)).toBe(true);
  await page.keyboard.press("Escape");
  await gone(card());
  expect(await bar.count()).toBe(1);
  await page.keyboard.press("Escape");
  await gone(bar);
  await page.keyboard.press("ArrowDown");
  await says(card(), "Lower shelf");
  await page.keyboard.press("ArrowDown");
  await gone(card());
});

test("in the drawer its link is a stop of the keyboard, and Escape leaves the drawer open", async () => {
  for (const viewport of [WIDE, NARROW]) {
    await page.setViewportSize(viewport);
    await page.goto(`${BOOKS}?row=1`);
    const drawer = await see(page.getByRole("dialog", { name: "book 1" }));
    const key = await see(drawer.getByRole("link", { name: "1", exact: true }).first());
    await drawer.getByRole("button", { name: "Close" }).focus();
    await until("the link has the focus", async () => {
      await page.keyboard.press("Tab");
      return key.evaluate((one) => one === document.activeElement);
    });
    await says(card(), "Top shelf");
    await page.keyboard.press("Escape");
    await gone(card());
    expect(await drawer.count()).toBe(1);
  }
  await page.keyboard.press("Enter");
  await address(page, /public\/shelf\?filter=id=eq\.1/);
  await page.setViewportSize(WIDE);
});

test("a row that went meanwhile is said to be gone", async () => {
  await page.goto(BOOKS);
  await grid.settled();
  await stage.panel.sql("quarterdeck", "delete from public.shelf where id = 2");
  await (await keyIn(2, "shelf_id")).hover();
  await says(card(), "No such row");
  await away();
  await gone(card());
});

test("where the row may not be read, it says who may not", async () => {
  await viewAs(page, "Nobody signed in");
  await grid.settled();
  await (await keyIn(1, "vault_id")).hover();
  await says(card(), /could not be loaded: anon may not read public\.vault/);
  expect(await card().textContent()).not.toContain("picture");
  await away();
  await page.getByRole("button", { name: "Stop" }).click();
  await gone(placeBanner(page));
  expect(troubles).toEqual([]);
});
