// Taking rows of a table away: what is chosen, what comes, how it is stopped, and what is said when it breaks.
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
  note,
  Panel,
  says,
  see,
  signedIn,
  type Trouble,
  watch,
} from "./harness/index.ts";
import { populate } from "./harness/populate.ts";

let panel: Panel;
let browser: Browser;
let page: Page;
let troubles: Trouble[];

beforeAll(async () => {
  panel = await Panel.start("export");
  browser = await launch();
  await makeOwner(panel);
  await loadChinook(panel);
  const context = await signedIn(browser, panel);
  await populate(context, panel, { users: 1, source: CHINOOK_URL });
  page = await context.newPage();
  troubles = watch(page);
});

afterAll(async () => {
  await browser?.close();
  await panel?.stop();
});

const dialog = () => page.getByRole("dialog", { name: "Export track" });

async function open(query: string) {
  await page.goto(`/admin/tables/chinook/public/track?${query}`);
  await new Grid(page, "public.track").settled();
  await page.getByRole("button", { name: "Export" }).click();
  return see(dialog());
}

async function taken() {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    dialog().getByRole("button", { name: "Export" }).click(),
  ]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

test("every row that matches comes in the order of the list, with the columns that are shown", async () => {
  const form = await open("filter=genre_id%3Deq.1&order=track_id.desc&cols=hide%3Dcomposer,bytes");
  await says(form, "Every row that matches the filter and the search. That is ~1.3K rows.");
  await form.getByRole("radio", { name: /that are shown/ }).click();
  const file = await taken();
  const lines = file.text.trimEnd().split("\n");
  expect(file.name).toBe("track.csv");
  expect(lines).toHaveLength(1298);
  expect(lines[0]).toBe("track_id,name,album_id,media_type_id,genre_id,milliseconds,unit_price");
  const ids = lines.slice(1).map((line) => Number(line.split(",")[0]));
  expect(ids).toEqual([...ids].sort((a, b) => b - a));
  await gone(dialog());
  await see(note(page, "track.csv"));
});

test("lines of JSON come as lines of JSON", async () => {
  const form = await open("filter=track_id%3Din.(1,2)");
  await form.getByText("NDJSON", { exact: true }).click();
  const file = await taken();
  const rows = file.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { track_id: number; unit_price: string });
  expect(file.name).toBe("track.ndjson");
  expect(rows.map((row) => row.track_id).sort()).toEqual([1, 2]);
  expect(rows[0]?.unit_price).toBe("0.99");
});

test("an answer that breaks off is no file, and can be tried again", async () => {
  await page.route("**/export/csv*", (route) => route.abort("connectionreset"), { times: 1 });
  const form = await open("");
  await form.getByRole("button", { name: "Export" }).click();
  await see(form.getByRole("alert"));
  expect((await taken()).text.trimEnd().split("\n").length).toBeGreaterThan(3503);
});

test("who stops it gets nothing and can go on", async () => {
  await page.route("**/export/csv*", () => {}, { times: 1 });
  const form = await open("");
  await form.getByRole("button", { name: "Export" }).click();
  await says(form, "so far");
  await form.getByRole("button", { name: "Cancel" }).click();
  await gone(form.getByText("so far"));
  expect(await form.getByRole("alert").count()).toBe(0);
  await page.keyboard.press("Escape");
  await gone(dialog());
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("nothing went wrong behind the page's back", () => {
  expect(troubles.filter((trouble) => !trouble.what.includes("ERR_CONNECTION_RESET"))).toEqual([]);
});
