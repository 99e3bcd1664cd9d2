// Rows put together by a column: counted, added up, sorted, looked into, and kept as a view.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { CHINOOK_URL } from "./harness/chinook.ts";
import { address, Grid, gone, loadChinook, PATIENCE, see, setStage, type Trouble, watch } from "./harness/index.ts";
import { populate } from "./harness/populate.ts";

const stage = setStage("group");
let page: Page;
let troubles: Trouble[];

beforeAll(async () => {
  await loadChinook(stage.panel);
  await populate(stage.owner, stage.panel, { users: 1, source: CHINOOK_URL });
  page = await stage.owner.newPage();
  troubles = watch(page);
  await page.goto("/admin/tables/chinook/public/track");
  await new Grid(page, "public.track").settled();
});

const groups = () => new Grid(page, "track by genre_id");
const cell = (row: number, column: string) => expect.poll(() => groups().text(row, column), { timeout: PATIENCE });

test("groups are counted, the largest first, by the names of what they point at", async () => {
  await page.getByRole("button", { name: "Group", exact: true }).click();
  await (await see(page.getByRole("button", { name: "genre_id", exact: true }))).click();
  await groups().settled();
  await cell(1, "genre_id").toMatch(/^1\s*Rock$/);
  await cell(1, "count").toBe("1,297");
});

test("summaries stand beside them, and can be sorted by", async () => {
  await see(page.getByText("Tell of each group"));
  await page.getByLabel("sum of milliseconds").check();
  await page.getByLabel("most of unit_price").check();
  await page.keyboard.press("Escape");
  const expected = await stage.panel.sql("chinook", "select sum(milliseconds) from track where genre_id = 1");
  await cell(1, "milliseconds").toBe(Number(expected).toLocaleString("en-US"));
  await address(page, "sums=sum.milliseconds,max.unit_price");
  await page.reload();
  await groups().settled();
  await cell(1, "unit_price").toBe("0.99");
});

test("a group leads to its rows, and back", async () => {
  await (await groups().cell(2, "count")).click();
  const grid = new Grid(page, "public.track");
  await grid.settled();
  await address(page, "genre_id=eq.7");
  await gone(page.getByRole("grid", { name: "track by genre_id" }));
  await page.goBack();
  await see(page.getByRole("grid", { name: "track by genre_id" }));
  await page.getByRole("button", { name: "Don't group" }).click();
  await see(page.getByRole("grid", { name: "public.track" }));
  expect(troubles).toEqual([]);
});
