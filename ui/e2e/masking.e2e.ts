// Sensitive columns: marked, hidden, revealed with a reason, hidden again.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { CHINOOK_URL } from "./harness/chinook.ts";
import {
  field,
  Grid,
  gone,
  loadChinook,
  PATIENCE,
  pick,
  says,
  see,
  setStage,
  type Trouble,
  watch,
} from "./harness/index.ts";
import { populate } from "./harness/populate.ts";

const stage = setStage("masking");
let page: Page;
let troubles: Trouble[];

beforeAll(async () => {
  await loadChinook(stage.panel);
  await populate(stage.owner, stage.panel, { users: 1, source: CHINOOK_URL });
  page = await stage.owner.newPage();
  troubles = watch(page);
});

const open = async () => {
  await page.goto("/admin/tables/chinook/public/customer");
  const grid = new Grid(page, "public.customer");
  await grid.settled();
  return grid;
};
const notice = () => page.getByText(/Sensitive columns are shown/);

test("a column is marked, and its values are gone from the grid", async () => {
  expect(await (await open()).text(1, "email")).toContain("@");
  await page.goto("/admin/sensitive-columns/new");
  await pick(page, page.getByRole("combobox", { name: /^Source/ }), "chinook");
  await field(page, "Schema").fill("public");
  await field(page, "Table").fill("customer");
  await field(page, "Column").fill("email");
  await page.getByRole("button", { name: "Mark a column" }).click();
  await see(page.getByText("email").first());
  const grid = await open();
  expect(await grid.text(1, "email")).toBe("hidden");
  expect(await page.content()).not.toContain("luisg@embraer.com.br");
});

test("who wants to see them says why, and sees them until they are hidden again", async () => {
  await page.getByRole("button", { name: "Reveal" }).click();
  const dialog = await see(page.getByRole("dialog", { name: "Show sensitive columns" }));
  await says(dialog, "email is marked as sensitive");
  await dialog.getByRole("button", { name: "Show them" }).click();
  await says(dialog, "Say why, in a few words");
  await field(dialog, "Reason").fill("Ticket 7: she wrote to us");
  await dialog.getByRole("button", { name: "Show them" }).click();
  await gone(dialog);
  const grid = new Grid(page, "public.customer");
  await expect.poll(() => grid.text(1, "email"), { timeout: PATIENCE }).toContain("@");
  await see(notice());
  await page.getByRole("button", { name: "Hide again" }).click();
  await gone(notice());
  await expect.poll(() => grid.text(1, "email"), { timeout: PATIENCE }).toBe("hidden");
});

test("SQL waits for a reason, and is run with it", async () => {
  await page.goto("/admin/tables/sql?source=chinook");
  const editor = await see(page.getByRole("textbox", { name: "SQL" }));
  await editor.fill("select email from customer order by customer_id limit 1");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await see(page.getByText("Sensitive columns could be read"));
  await page.getByRole("button", { name: "Say why and run" }).click();
  const dialog = await see(page.getByRole("dialog", { name: "Show sensitive columns" }));
  await field(dialog, "Reason").fill("Ticket 7");
  await dialog.getByRole("button", { name: "Show them" }).click();
  await see(page.getByText("luisg@embraer.com.br"));
  expect(troubles.filter((trouble) => !trouble.what.includes("sql/read"))).toEqual([]);
});
