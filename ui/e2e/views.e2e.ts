// Saved views: on a list of people and on a table alike; saved, changed, shared, begun with, linked, taken along as files.
import { readFile } from "node:fs/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHINOOK_URL } from "./harness/chinook.ts";
import {
  address,
  field,
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
let context: BrowserContext;
let page: Page;
let troubles: Trouble[];
let link = "";
let file = "";

beforeAll(async () => {
  panel = await Panel.start("views");
  browser = await launch();
  await makeOwner(panel);
  await loadChinook(panel);
  context = await signedIn(browser, panel);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await populate(context, panel, { users: 8, source: CHINOOK_URL });
  page = await context.newPage();
  troubles = watch(page);
});

afterAll(async () => {
  await browser?.close();
  await panel?.stop();
});

const picker = (name: RegExp | string = /^View(s|:)/) => page.getByRole("button", { name });
const entry = (name: RegExp | string) => page.getByRole("menuitem", { name });

async function choose(name: RegExp | string) {
  await picker().click();
  await (await see(entry(name))).click();
}

async function save(name: string, more?: (dialog: ReturnType<Page["getByRole"]>) => Promise<unknown>) {
  await choose("Save as a new view…");
  const dialog = await see(page.getByRole("dialog", { name: "Save view" }));
  await field(dialog, "Name").fill(name);
  await more?.(dialog);
  await dialog.getByRole("button", { name: "Save" }).click();
  await gone(dialog);
  await see(picker(`View: ${name}`));
}

test("what a table shows is saved under a name and shown again", async () => {
  await page.goto(
    "/admin/tables/chinook/public/track?filter=genre_id%3Deq.1&order=milliseconds.desc&cols=hide%3Dcomposer",
  );
  await new Grid(page, "public.track").settled();
  await save("Long rock");
  await page.goto("/admin/tables/chinook/public/track");
  await new Grid(page, "public.track").settled();
  await choose(/Long rock/);
  await address(page, "filter=genre_id=eq.1");
  await address(page, "order=milliseconds.desc");
  await see(picker("View: Long rock"));
  await page.goBack();
  await see(picker("Views"));
});

test("a change shows, can be undone and can be kept", async () => {
  await choose(/Long rock/);
  await page.goto(page.url().replace("eq.1", "eq.2"));
  await new Grid(page, "public.track").settled();
  await see(page.getByTitle("Not as it was saved"));
  await choose("Undo changes");
  await address(page, "filter=genre_id=eq.1");
  await gone(page.getByTitle("Not as it was saved"));
  await page.goto(page.url().replace("eq.1", "eq.3"));
  await choose("Save changes to Long rock");
  await see(note(page, "Long rock saved"));
  await gone(page.getByTitle("Not as it was saved"));
});

test("what it was is looked at, and saved again", async () => {
  await choose("Earlier versions…");
  let dialog = await see(page.getByRole("dialog", { name: "Earlier versions of Long rock" }));
  await says(dialog, "filter genre_id=eq.1");
  await dialog.getByRole("button", { name: "Show version 1" }).click();
  await gone(dialog);
  await address(page, "filter=genre_id=eq.1");
  await see(page.getByTitle("Not as it was saved"));
  await choose("Undo changes");
  await address(page, "filter=genre_id=eq.3");
  await choose("Earlier versions…");
  dialog = await see(page.getByRole("dialog", { name: "Earlier versions of Long rock" }));
  await dialog.getByRole("button", { name: "Save version 1 again" }).click();
  await gone(dialog);
  await address(page, "filter=genre_id=eq.1");
  await gone(page.getByTitle("Not as it was saved"));
  await choose("Earlier versions…");
  dialog = await see(page.getByRole("dialog", { name: "Earlier versions of Long rock" }));
  await says(dialog, "filter genre_id=eq.3");
  await page.keyboard.press("Escape");
  await gone(dialog);
});

test("how tall its rows are belongs to a view", async () => {
  await page.getByRole("button", { name: "Row height" }).click();
  await (await see(entry("Compact"))).click();
  await address(page, "density=compact");
  await choose("Save changes to Long rock");
  await gone(page.getByTitle("Not as it was saved"));
  await page.goto("/admin/tables/chinook/public/track?density=relaxed");
  const grid = new Grid(page, "public.track");
  await grid.settled();
  const height = async () => (await page.getByRole("row").nth(1).boundingBox())?.height;
  expect(await height()).toBe(44);
  await choose(/Long rock/);
  await address(page, "density=compact");
  await grid.settled();
  expect(await height()).toBe(28);
});

test("a list of the panel has views too, and begins with its default", async () => {
  await page.goto("/admin/users?filter=status%3Deq.active");
  await new Grid(page).settled();
  await save("Active people", async (dialog) => {
    await dialog.getByRole("radio", { name: "Everybody" }).click();
    await dialog.getByRole("switch", { name: "The list begins with it" }).click();
  });
  await page.goto("/admin/users");
  await address(page, "filter=status=eq.active");
  await see(picker("View: Active people"));
  await choose("Show the list without a view");
  await see(picker("Views"));
  await page.reload();
  await new Grid(page).settled();
  await see(picker("Views"));
});

test("a short link leads to it, also for somebody else", async () => {
  await choose(/Active people/);
  await choose("Copy link");
  await see(note(page, "Link copied"));
  link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/\/admin\/v\/[\w-]{8}$/);
  await page.goto(link);
  await address(page, "/admin/users");
  await see(picker("View: Active people"));
});

test("it is taken along as a file", async () => {
  await picker().click();
  const [download] = await Promise.all([page.waitForEvent("download"), entry("Save as a file").click()]);
  file = await download.path();
  expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ name: "Active people", page: "/admin/users" });
  await page
    .getByLabel("From a file…")
    .setInputFiles({ name: "no.json", mimeType: "application/json", buffer: Buffer.from("{}") });
  await see(note(page, "This file is not a saved view."));
  await page.getByLabel("From a file…").setInputFiles(file);
  const dialog = await see(page.getByRole("dialog", { name: "Save view" }));
  // The name is taken; that is said where it stands.
  await dialog.getByRole("button", { name: "Save" }).click();
  await says(dialog, "already taken");
  await field(dialog, "Name").fill("Active people again");
  await dialog.getByRole("button", { name: "Save" }).click();
  await gone(dialog);
  await see(picker("View: Active people again"));
});

test("what is deleted is gone, and its link says so", async () => {
  await choose(/^Active people(?! again)/);
  await choose("Delete view…");
  const dialog = await see(page.getByRole("dialog"));
  await says(dialog, "the list stays as it is");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await see(note(page, "Deleted: Active people"));
  await see(picker("Views"));
  await page.goto(link);
  await see(page.getByText("This view isn't there"));
});

test("nothing went wrong behind the page's back", () => {
  expect(troubles.filter((trouble) => !/409/.test(trouble.what))).toEqual([]);
});
