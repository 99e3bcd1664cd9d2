// The whole path of somebody new: from an empty installation to a music shop's data, its people and its history.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  address,
  choose,
  field,
  Grid,
  gone,
  heading,
  launch,
  loadChinook,
  note,
  OWNER,
  PATIENCE,
  Panel,
  person,
  pick,
  says,
  see,
  stepByStep,
  type Trouble,
  watch,
} from "./harness/index.ts";
import { DEVELOPER } from "./harness/staff.ts";

stepByStep();

let panel: Panel;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let troubles: Trouble[];
let link: string;

beforeAll(async () => {
  panel = await Panel.start("new-user");
  browser = await launch();
  context = await person(browser, panel.url);
  page = await context.newPage();
  // A weak password and a conflict are part of the story.
  troubles = watch(page, (status, path) => (status === 422 && path.endsWith("/setup")) || status === 409);
});

afterAll(async () => {
  await browser?.close();
  await panel?.stop();
});

test("the first page asks for the first administrator and refuses a weak password with the reason", async () => {
  await page.goto("/admin");
  await heading(page, "Create the first administrator");
  await field(page, "Name").fill(OWNER.name);
  await field(page, "E-mail").fill(OWNER.email);
  await field(page, "Password").fill("erika-mustermann");
  await page.getByRole("button", { name: "Create administrator" }).click();
  const alert = await see(page.getByRole("alert").filter({ hasText: "Password" }));
  await says(alert, /guess|mostly/);
});

test("a good password creates it, signed in, on the dashboard", async () => {
  await field(page, "Password").fill(OWNER.password);
  await says(page.getByRole("status"), "Strong");
  await page.getByRole("button", { name: "Create administrator" }).click();
  await heading(page, "Hello, Erika");
  await page.goto("/admin/setup");
  await heading(page, "Hello, Erika");
});

test("the shop is loaded with the product's psql, and added as a source that answers", async () => {
  await loadChinook(panel);
  await page.getByRole("link", { name: "Tables", exact: true }).click();
  await choose(page, page.getByRole("button", { name: "Source: main" }), "Add source");
  const dialog = page.getByRole("dialog", { name: "Add source" });
  await field(dialog, "Name").fill("chinook");
  await field(dialog, "Address").fill("postgresql:///chinook");
  await dialog.getByRole("button", { name: "Add source" }).click();
  await dialog.getByRole("button", { name: "Test" }).click();
  await see(dialog.getByText("chinook answers"));
  await dialog.getByRole("button", { name: "Open" }).click();
  await see(page.getByRole("button", { name: "Source: chinook" }));
});

test("its tables are in the tree, and track opens", async () => {
  for (const table of ["album", "artist", "invoice_line", "playlist_track"]) {
    await see(page.getByRole("link", { name: new RegExp(`^Table ${table}\\b`) }));
  }
  await page.getByLabel("Find a table").fill("trac");
  await page.getByRole("link", { name: /^Table track\b/ }).click();
  await heading(page, "public.track");
  const grid = new Grid(page, "public.track");
  await grid.settled();
  expect(await grid.column("track_id", 3)).toEqual(["1", "2", "3"]);
  expect(await grid.text(1, "album_id")).toContain("For Those About To Rock");
});

test("a filter and a sort by two columns stand in the address", async () => {
  const grid = new Grid(page, "public.track");
  await page.getByRole("group", { name: "Filters" }).getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("button", { name: /^composer/ }).click();
  const form = page.getByRole("dialog");
  await says(form.getByRole("combobox", { name: "Operator" }).or(form), "");
  await form.getByLabel("Value").fill("Page");
  await form.getByRole("button", { name: "Apply" }).click();
  await see(page.getByRole("button", { name: "Change filter: composer contains Page" }));
  await grid.header("unit_price").click();
  await grid.header("name").click({ modifiers: ["Shift"] });
  await address(page, /order=unit_price,name/);
  await address(page, /filter=composer/);
  const expected = await panel.sql(
    "chinook",
    "select name from track where composer ilike '%Page%' order by unit_price, name limit 5",
  );
  await expect.poll(() => grid.column("name", 5), { timeout: PATIENCE }).toEqual(expected.split("\n"));
});

test("a reload and the way back show the same view", async () => {
  const grid = new Grid(page, "public.track");
  const before = await grid.column("track_id", 5);
  const url = page.url();
  await page.reload();
  await grid.settled();
  expect(await grid.column("track_id", 5)).toEqual(before);
  await page.getByRole("link", { name: "Audit log", exact: true }).first().click();
  await heading(page, "Audit log");
  await page.goBack();
  await grid.settled();
  expect(page.url()).toBe(url);
  expect(await grid.column("track_id", 5)).toEqual(before);
  expect(await grid.header("name").getAttribute("aria-sort")).toBe("ascending");
});

test("scrolling goes on past three hundred rows", async () => {
  await page.goto("/admin/tables/chinook/public/track");
  const grid = new Grid(page, "public.track");
  await grid.settled();
  await grid.scrollTo(340);
  expect(await grid.text(340, "track_id")).toBe("340");
});

test("an edited cell is saved, and the audit log has before and after", async () => {
  await page.goto("/admin/tables/chinook/public/track");
  const grid = new Grid(page, "public.track");
  await grid.settled();
  const input = await grid.edit(1, "name");
  await input.fill("For Those About To Rock");
  await input.press("Enter");
  await expect.poll(() => grid.text(1, "name"), { timeout: PATIENCE }).toBe("For Those About To Rock");
  await page.reload();
  await grid.settled();
  expect(await grid.text(1, "name")).toBe("For Those About To Rock");

  await page.getByRole("link", { name: "Audit log", exact: true }).first().click();
  const newest = page.getByRole("list", { name: "Audit log" }).getByRole("button").first();
  await says(newest, OWNER.name);
  await newest.click();
  const changes = page
    .getByRole("row", { name: /name/i })
    .filter({ hasText: "For Those About To Rock (We Salute You)" });
  await says(await see(changes), /\(We Salute You\)\s*For Those About To Rock/);
});

test("a value that can't be is refused before it is sent", async () => {
  await page.goto("/admin/tables/chinook/public/track");
  const grid = new Grid(page, "public.track");
  await grid.settled();
  const input = await grid.edit(1, "milliseconds");
  await input.fill("soon");
  await input.press("Enter");
  await says(page.getByRole("alert"), "whole number");
  await input.press("Escape");
  expect(await grid.text(1, "milliseconds")).toMatch(/343[,.\s]?719/);
});

test("somebody else's change is shown beside mine, and I decide", async () => {
  const grid = new Grid(page, "public.track");
  const input = await grid.edit(2, "name");
  await panel.sql("chinook", "update track set name = 'Balls to the Wall (Live)' where track_id = 2");
  await input.fill("Balls to the Wall (Remastered)");
  await input.press("Enter");
  const dialog = await see(page.getByRole("dialog", { name: "Someone else changed this row" }));
  await says(dialog, "Balls to the Wall (Live)");
  await says(dialog, "Balls to the Wall (Remastered)");
  // Enter, pressed too early, loses nothing.
  await see(dialog.locator("button:focus", { hasText: "Back to editing" }));
  await dialog.getByRole("radiogroup", { name: "Value of name" }).getByText("Mine", { exact: true }).click();
  await dialog.getByRole("button", { name: "Save choice" }).click();
  await gone(dialog);
  await expect.poll(() => grid.text(2, "name"), { timeout: PATIENCE }).toBe("Balls to the Wall (Remastered)");
  expect(await panel.sql("chinook", "select name from track where track_id = 2")).toBe(
    "Balls to the Wall (Remastered)",
  );
});

test("a row is inserted, and deleted when nothing needs it", async () => {
  await page.goto("/admin/tables/chinook/public/artist");
  const grid = new Grid(page, "public.artist");
  await grid.settled();
  await page.getByRole("button", { name: "Insert row" }).first().click();
  const drawer = await see(page.getByRole("dialog", { name: "New row in artist" }));
  await drawer.getByLabel("artist_id", { exact: true }).fill("9001");
  await drawer.getByLabel("name", { exact: true }).fill("Nina Simone");
  await drawer.getByRole("button", { name: "Insert row" }).click();
  const row = await see(page.getByRole("dialog", { name: /^artist\s+9001$/ }));
  await says(row, "Nina Simone");
  await address(page, /row=9001/);
  await row.getByRole("button", { name: "Delete row" }).click();
  const confirm = await see(page.getByRole("dialog", { name: "Delete this row?" }));
  await says(confirm, "No other row references it");
  await confirm.getByRole("button", { name: "Delete row" }).click();
  await see(note(page, "Row deleted"));
  expect(await panel.sql("chinook", "select count(*) from artist where artist_id = 9001")).toBe("0");
});

test("a row that others need can't be deleted, and the dialog names them", async () => {
  await page.goto("/admin/tables/chinook/public/artist?row=1");
  const row = await see(page.getByRole("dialog", { name: /^artist\s+1$/ }));
  await row.getByRole("button", { name: "Delete row" }).click();
  const confirm = await see(page.getByRole("dialog", { name: "Delete this row?" }));
  await says(confirm, /public\.album: 2 rows reference it/);
  expect(await confirm.getByRole("button", { name: "Delete row" }).isDisabled()).toBe(true);
  await confirm.getByRole("button", { name: "Cancel" }).click();
  await gone(confirm);
});

test("a view can be looked at, not changed, and says why", async () => {
  await panel.sql(
    "chinook",
    "create view genre_length as select g.name, sum(milliseconds) as total from track join genre g using (genre_id) group by g.name",
  );
  await page.goto("/admin/tables/chinook/public/genre_length");
  await heading(page, "public.genre_length");
  await says(page.getByRole("main"), /Read-only: .{10,}/);
  const grid = new Grid(page, "public.genre_length");
  await grid.settled();
  expect(await page.getByRole("button", { name: "Insert row" }).isDisabled()).toBe(true);
  await (await grid.cell(1, "name")).dblclick();
  await says(page.getByRole("main"), /Not editable/);
});

test("the palette leads to the users, where one is created, suspended and activated", async () => {
  await page.keyboard.press("Control+k");
  await page.getByRole("textbox", { name: "Search people, tables, pages" }).fill("users");
  await see(page.getByRole("dialog").getByRole("button", { name: /^Users/ }));
  await page.keyboard.press("Enter");
  await heading(page, "Users");
  await page.getByRole("link", { name: "New user" }).first().click();
  await field(page, "Name").fill("Ada Lovelace");
  await page
    .getByLabel(/^E-mail/)
    .first()
    .fill("ada@example.com");
  await page.getByRole("button", { name: /^Create/ }).click();
  await heading(page, "ada@example.com");

  await choose(page, page.getByRole("button", { name: "More actions" }), "Suspend");
  const dialog = await see(page.getByRole("dialog", { name: "Suspend" }));
  await dialog.getByRole("button", { name: "Suspend" }).click();
  await says(page.getByRole("main"), "Suspended");
  await choose(page, page.getByRole("button", { name: "More actions" }), "Activate");
  const again = page.getByRole("dialog", { name: "Activate" });
  await again.getByRole("button", { name: "Activate" }).click();
  await gone(again);
  await says(page.getByRole("main"), "Active");
  await page.getByRole("tab", { name: "Activity" }).click();
  await says(page.getByRole("tabpanel"), /Activate[\s\S]*Suspend[\s\S]*Create/);
});

test("staff is invited by a link that is shown once", async () => {
  await page.getByRole("link", { name: "Staff", exact: true }).first().click();
  await heading(page, "Staff");
  await page.getByRole("button", { name: "Invite" }).first().click();
  const dialog = await see(page.getByRole("dialog", { name: "Invite" }));
  await field(dialog, "E-mail").fill(DEVELOPER.email);
  await pick(page, field(dialog, "Role"), "Developer");
  await dialog.getByRole("button", { name: "Invite" }).click();
  const secret = await see(page.getByRole("textbox", { name: "One-time value" }));
  link = await secret.inputValue();
  expect(link).toMatch(/\/auth\/staff-invite/);
  const done = page.getByRole("button", { name: "Done" });
  expect(await done.isDisabled()).toBe(true);
  await page.getByLabel("I have kept it").check();
  await done.click();
});

test("who accepts it as a developer sees everything and may change nothing, with the reason", async () => {
  const theirs = await person(browser, panel.url);
  const they = await theirs.newPage();
  const theirTroubles = watch(they);
  await they.goto(link);
  await heading(they, "Accept your invitation");
  await says(they.getByRole("main"), DEVELOPER.email);
  await field(they, "Name").fill(DEVELOPER.name);
  await field(they, "Password").fill(DEVELOPER.password);
  await they.getByRole("button", { name: "Create my account" }).click();
  await heading(they, "Hello, Dana");

  await they.getByRole("link", { name: "Users", exact: true }).first().click();
  const grid = new Grid(they);
  await grid.settled();
  const create = they.getByRole("button", { name: "New user" });
  expect(await create.isDisabled()).toBe(true);
  await create.hover({ force: true });
  await see(they.getByRole("tooltip").filter({ hasText: "Needs the permission users:create" }));
  await grid.row(1).getByText("Ada Lovelace").click();
  const drawer = they.getByRole("dialog", { name: "Details" });
  await drawer.getByRole("button", { name: "More actions" }).click();
  await says(they.getByRole("menuitem", { name: /^Suspend/ }), "Needs the permission users:suspend");
  await they.keyboard.press("Escape");

  await they.goto("/admin/tables/chinook/public/genre");
  await new Grid(they, "public.genre").settled();
  expect(await they.getByRole("button", { name: "Insert row" }).isDisabled()).toBe(true);
  expect(theirTroubles).toEqual([]);
  // A link works once.
  await they.context().clearCookies();
  await they.goto(link);
  await heading(they, "This invitation can't be used");
  await theirs.close();
});

test("the audit log tells all of it, newest first", async () => {
  await page.getByRole("link", { name: "Audit log", exact: true }).first().click();
  const log = page.getByRole("list", { name: "Audit log" });
  await says(log, DEVELOPER.email);
  for (const what of ["ada@example.com", "Invite", "Suspend", "Activate", "chinook"]) await says(log, what);
  const verified = await panel.cli(["audit", "verify"]);
  expect([verified.code, verified.stderr]).toEqual([0, expect.stringMatching(/\d+/)]);
});

test("signing out ends the session, and the page before is locked", async () => {
  await page.getByRole("button", { name: "Account of Erika Mustermann" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await heading(page, "Sign in");
  await page.goto("/admin/users");
  await heading(page, "Sign in");
  await address(page, /next=\/admin\/users/);
});

test("nothing went wrong unseen on the whole way", () => {
  expect(troubles).toEqual([]);
});
