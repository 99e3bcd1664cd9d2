// Bringing rows into a table: a file, what goes where, a try that leaves nothing, the import, and what didn't fit.
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHINOOK_URL } from "./harness/chinook.ts";
import {
  Grid,
  gone,
  launch,
  loadChinook,
  makeOwner,
  Panel,
  says,
  see,
  signedIn,
  type Trouble,
  watch,
} from "./harness/index.ts";
import { populate } from "./harness/populate.ts";

const FILE = "Artist Id;Full name;Note\n900;Nina Simone;x\nabc;Broken;y\n901;Miles Davis;z\n1;There already;w\n";

let panel: Panel;
let browser: Browser;
let page: Page;
let troubles: Trouble[];

beforeAll(async () => {
  panel = await Panel.start("import-rows");
  browser = await launch();
  await makeOwner(panel);
  await loadChinook(panel);
  const context = await signedIn(browser, panel);
  await populate(context, panel, { users: 1, source: CHINOOK_URL });
  page = await context.newPage();
  troubles = watch(page, (status) => status === 422);
});

afterAll(async () => {
  await browser?.close();
  await panel?.stop();
});

const dialog = () => page.getByRole("dialog", { name: "Import into artist" });

async function choose(text: string) {
  const file = { name: "artists.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
  await dialog().locator("input[type=file]").setInputFiles(file);
}

test("a file is looked at, mapped and tried, and nothing stays of it", async () => {
  await page.goto("/admin/tables/chinook/public/artist");
  await new Grid(page, "public.artist").settled();
  await page.getByRole("button", { name: "Import", exact: true }).press("Enter");
  await see(dialog());
  await choose('artist_id,name\n1,"never closed\n');
  await says(dialog().getByRole("alert"), /line 2 is never closed/);
  await choose(FILE);
  expect(await dialog().getByLabel("What parts the fields").inputValue()).toBe(";");
  await dialog().getByLabel("First row names the columns").click();
  await see(dialog().getByLabel("Where Column 1 goes"));
  await dialog().getByLabel("First row names the columns").click();
  await see(dialog().getByLabel("Where Artist Id goes"));
  expect(await dialog().getByLabel("Where Artist Id goes").inputValue()).toBe("artist_id");
  expect(await dialog().getByLabel("Where Note goes").inputValue()).toBe("");
  await dialog().getByLabel("Where Full name goes").selectOption("name");
  await dialog().getByRole("button", { name: "Try it" }).click();
  await says(dialog().getByRole("status"), "This is what would come of it");
  await says(dialog().getByRole("status"), "2 new · 2 don't fit");
  await says(dialog().getByRole("table", { name: "Rows that don't fit" }), /integer: "abc"/);
});

test("a reload finds it again, and it is imported in the way that was chosen", async () => {
  await page.reload();
  await says(await see(dialog()), "2 new · 2 don't fit");
  await dialog().getByRole("combobox", { name: "Rows that are there already" }).click();
  await page.getByRole("option", { name: "Change them" }).click();
  await dialog().getByRole("button", { name: "Import", exact: true }).click();
  await says(dialog().getByRole("status"), "3 rows are in the table");
  await says(dialog().getByRole("status"), "2 new · 1 changed · 1 didn't fit");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    dialog().getByRole("link", { name: "Download rows that don't fit" }).click(),
  ]);
  expect(await readFile(await download.path(), "utf8")).toContain("abc;Broken;y");
  await dialog().locator("footer, .mantine-Modal-body").getByRole("button", { name: "Close" }).click();
  await gone(dialog());
  await says(new Grid(page, "public.artist").root, "There already");
  expect(troubles).toEqual([]);
});
