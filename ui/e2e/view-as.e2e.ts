// Seeing tables in somebody's place: as a user the database shows what its policies show them, and no more until one stops.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { barriers } from "./harness/accessibility.ts";
import { Api, Grid, gone, says, see, setStage, type Trouble, watch } from "./harness/index.ts";
import { placeBanner, viewAs } from "./harness/view-as.ts";

const stage = setStage("view-as");
let page: Page;
let troubles: Trouble[];

beforeAll(async () => {
  const { id } = await new Api(stage.owner, stage.panel).post<{ id: string }>("/users", {
    email: "grace@example.com",
    name: "Grace",
  });
  const main = (text: string) => stage.panel.sql("quarterdeck", text);
  await main("create table public.notes (id int primary key, owner uuid, body text)");
  await main(
    `insert into public.notes select n, case when n < 4 then '${id}'::uuid end, 'Note ' || n from generate_series(1, 8) n`,
  );
  await main("alter table public.notes enable row level security");
  await main("create policy own on public.notes for select to authenticated using (auth.uid() = owner)");
  await main("grant select on public.notes to anon, authenticated");
  page = await stage.owner.newPage();
  troubles = watch(page);
});

const banner = () => placeBanner(page);

test("as a user there are the rows that the policies show them, to look at only", async () => {
  await page.goto("/admin/tables/main/public/notes");
  const grid = new Grid(page, "public.notes");
  await grid.settled();
  await viewAs(page, "A user", /grace/);
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
  await viewAs(page, "Nobody signed in");
  await gone(page.getByText("Note 1", { exact: true }));
  await page.getByRole("button", { name: "Stop" }).click();
  await gone(banner());
});

test("nothing went wrong unseen", () => {
  expect(troubles).toEqual([]);
});
