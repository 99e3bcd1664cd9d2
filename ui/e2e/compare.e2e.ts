// Two people compared at one table, and why each of them sees a row or doesn't.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { barriers } from "./harness/accessibility.ts";
import { first, lookAs, second } from "./harness/compare.ts";
import { Api, Grid, gone, says, see, setStage, type Trouble, watch } from "./harness/index.ts";

const stage = setStage("compare");
let page: Page;
let troubles: Trouble[];

beforeAll(async () => {
  const api = new Api(stage.owner, stage.panel);
  const user = (email: string, name: string) => api.post<{ id: string }>("/users", { email, name });
  const grace = await user("grace@example.com", "Grace");
  await user("alan@example.com", "Alan");
  const main = (text: string) => stage.panel.sql("quarterdeck", text);
  await main("create table public.notes (id int primary key, owner uuid, body text, price int)");
  await main(
    `insert into public.notes select n, case when n < 4 then '${grace.id}'::uuid end, 'Note ' || n, n * 10 from generate_series(1, 8) n`,
  );
  await main("alter table public.notes enable row level security");
  await main("create policy own on public.notes for select to authenticated using (auth.uid() = owner)");
  await main("create policy free on public.notes for select to anon using (price < 30)");
  await main("grant select on public.notes to authenticated; grant select (id, body, price) on public.notes to anon");
  page = await stage.owner.newPage();
  troubles = watch(page);
});

const rows = () => page.getByRole("region", { name: "Rows of each" });

test("the explorer sees everything, a user what their policies give", async () => {
  await page.goto("/admin/tables/main/public/notes");
  await new Grid(page, "public.notes").settled();
  await page.getByRole("button", { name: "Compare" }).click();
  await see(page.getByText("Compare with whom?"));
  await lookAs(page, second(page), "A user", /grace/);
  const counts = await see(page.getByRole("region", { name: "Rows", exact: true }));
  await says(counts, "5only Everything (the explorer) sees");
  await says(counts, "3both see");
  await says(rows(), "Note 4");
  await gone(rows().getByText("Note 1", { exact: true }));
  expect(await barriers(page)).toEqual([]);
});

test("columns that only one may read are told, and cells stand out", async () => {
  await lookAs(page, first(page), "Nobody signed in");
  await says(page.locator("main"), "1 of 4 is different.");
  await page.getByText(/^Both 2/).click();
  await says(rows(), "Note 2");
  await see(rows().getByTitle("Only Grace sees this value").first());
});

test("why somebody sees a row, or doesn't", async () => {
  await page.getByRole("button", { name: "Why is row 2 seen?" }).click();
  await page.getByRole("menuitem", { name: "Why does Grace see it?" }).click();
  const told = await see(page.getByRole("dialog", { name: /notes 2/ }));
  await says(told, "Grace sees this row");
  await says(told, "The policy own is true.");
  await says(told, "true for this row");
  await says(told, "grace@example.com");
  expect(await barriers(page)).toEqual([]);
  await told.getByRole("button", { name: "Close" }).click();
  await gone(told);
});

test("a row is asked about from its own drawer", async () => {
  await page.goto("/admin/tables/main/public/notes?row=7");
  await page.getByRole("button", { name: "Who sees this row, and why?" }).click();
  const told = await see(page.getByRole("dialog", { name: /notes 7/ }));
  await told.getByRole("button", { name: /^As:/ }).click();
  await page.getByRole("menuitem", { name: "Grace" }).click();
  await says(told, "Grace doesn't see this row");
  await says(told, "null for this row");
});

test("the log knows whose eyes were used, and why", async () => {
  await page.goto("/admin/impersonations");
  await new Grid(page).settled();
  await says(page.locator("main"), "Comparison");
  await says(page.locator("main"), "She can't see her notes");
});

test("nothing went wrong unseen", () => {
  expect(troubles).toEqual([]);
});
