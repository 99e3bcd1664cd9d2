// Seeing tables in somebody's place: as a user the database shows what its policies show them, and no more until one stops.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers } from "./harness/accessibility.ts";
import {
  Api,
  field,
  Grid,
  gone,
  launch,
  makeOwner,
  Panel,
  pick,
  says,
  see,
  signedIn,
  type Trouble,
  watch,
} from "./harness/index.ts";

let panel: Panel;
let browser: Browser;
let page: Page;
let troubles: Trouble[];

beforeAll(async () => {
  panel = await Panel.start("view-as");
  browser = await launch();
  await makeOwner(panel);
  const context = await signedIn(browser, panel);
  const { id } = await new Api(context, panel).post<{ id: string }>("/users", {
    email: "grace@example.com",
    name: "Grace",
  });
  const main = (text: string) => panel.sql("quarterdeck", text);
  await main("create table public.notes (id int primary key, owner uuid, body text)");
  await main(
    `insert into public.notes select n, case when n < 4 then '${id}'::uuid end, 'Note ' || n from generate_series(1, 8) n`,
  );
  await main("alter table public.notes enable row level security");
  await main("create policy own on public.notes for select to authenticated using (auth.uid() = owner)");
  await main("grant select on public.notes to anon, authenticated");
  page = await context.newPage();
  troubles = watch(page);
});

afterAll(async () => {
  await browser?.close();
  await panel?.stop();
});

const banner = () => page.getByText(/sees tables as/);

async function begin(as: "A user" | "Nobody signed in") {
  await page.getByRole("button", { name: "View as…" }).click();
  const dialog = page.getByRole("dialog", { name: "See tables in somebody's place" });
  await dialog.getByRole("radio", { name: as }).check();
  if (as === "A user") await pick(page, field(dialog, "User"), /grace/);
  await field(dialog, "Why").fill("She can't see her notes");
  await dialog.getByRole("button", { name: "View tables" }).click();
  await gone(dialog);
  await see(banner());
}

test("as a user there are the rows that the policies show them, to look at only", async () => {
  await page.goto("/admin/tables/main/public/notes");
  const grid = new Grid(page, "public.notes");
  await grid.settled();
  await begin("A user");
  await says(banner(), "sees tables as Grace");
  await grid.settled();
  expect(await grid.text(3, "body")).toBe("Note 3");
  await gone(page.getByText("Note 4", { exact: true }));
  expect(await page.getByRole("button", { name: "Insert row" }).isDisabled()).toBe(true);
  await page.reload();
  await see(banner());
  expect(await barriers(page)).toEqual([]);
});

test("stopping gives one's own view back at once", async () => {
  await page.getByRole("button", { name: "Stop" }).click();
  await gone(banner());
  await see(page.getByText("Note 8", { exact: true }));
});

test("as nobody there is nothing that no policy gives", async () => {
  await begin("Nobody signed in");
  await gone(page.getByText("Note 1", { exact: true }));
  await page.getByRole("button", { name: "Stop" }).click();
  await gone(banner());
});

test("nothing went wrong unseen", () => {
  expect(troubles).toEqual([]);
});
