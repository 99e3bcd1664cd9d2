// Exports in the background: begun, left alone, found again after a reload, stopped, and taken as a file.
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { CHINOOK_URL } from "./harness/chinook.ts";
import { Grid, gone, loadChinook, says, see, setStage, type Trouble, watch } from "./harness/index.ts";
import { populate } from "./harness/populate.ts";

const stage = setStage("export-background");
let page: Page;
let troubles: Trouble[];

const ask = (sql: string) => stage.panel.sql("chinook", sql);

beforeAll(async () => {
  await loadChinook(stage.panel);
  // Rows that take their time, so that there is something to stop; and a table of which the planner expects many.
  await ask(
    "create table pace (seconds float8); insert into pace values (0.003); " +
      "create function dawdle() returns int language plpgsql as 'begin perform pg_sleep(seconds) from public.pace; return 1; end'; " +
      "create view slow as select track_id, name, repeat('x', 1000) as filler, dawdle() as one from track; " +
      "create table many as select n as id from generate_series(1, 250000) n; alter table many add primary key (id); analyze many",
  );
  await populate(stage.owner, stage.panel, { users: 1, source: CHINOOK_URL });
  page = await stage.owner.newPage();
  troubles = watch(page);
});

const dialog = (table: string) => page.getByRole("dialog", { name: `Export ${table}` });

async function open(table: string) {
  await page.goto(`/admin/tables/chinook/public/${table}`);
  await new Grid(page, `public.${table}`).settled();
  await page.getByRole("button", { name: "Export" }).click();
  return see(dialog(table));
}

async function taken(click: () => Promise<void>) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

test("many rows go to the background by themselves, and come as a file", async () => {
  const form = await open("many");
  await says(form, "The panel makes the file and keeps it for you.");
  await form.getByRole("button", { name: "Export", exact: true }).click();
  await says(form.getByRole("status"), "many.csv is ready");
  await says(form.getByRole("status"), "250,000 rows");
  await says(form, "Only you can take it.");
  const file = await taken(() => form.getByRole("link", { name: "Download" }).click());
  expect(file.name).toBe("many.csv");
  expect(file.text.trimEnd().split("\n")).toHaveLength(250_001);
});

test("few rows are downloaded at once, unless somebody says otherwise", async () => {
  const form = await open("track");
  await says(form, "It comes while you keep this page open.");
  await form.getByText("Parquet", { exact: true }).click();
  await says(form, "It comes while you keep this page open.");
});

test("it goes on without the page, is found again and stopped", async () => {
  const form = await open("slow");
  await form.getByText("In the background").click();
  await form.getByRole("button", { name: "Export", exact: true }).click();
  await see(form.getByRole("progressbar"));
  await page.reload();
  await see(dialog("slow").getByRole("progressbar"));
  await dialog("slow").locator(".mantine-Modal-body").getByRole("button", { name: "Close" }).click();
  await gone(dialog("slow"));
  await says(page.getByText(/slow.csv is being made/), "rows");
  await page.getByRole("button", { name: "Show" }).click();
  await dialog("slow").getByRole("button", { name: "Stop it" }).click();
  await says(dialog("slow").getByRole("status"), "slow.csv was cancelled");
  // And once more, quickly now.
  await ask("update pace set seconds = 0");
  await dialog("slow").getByRole("button", { name: "Another export" }).click();
  await see(dialog("slow").getByText("Cancelled"));
  await dialog("slow").getByText("In the background").click();
  await dialog("slow").getByRole("button", { name: "Export", exact: true }).click();
  await says(dialog("slow").getByRole("status"), "slow.csv is ready");
});

test("those that are there are listed, taken and forgotten", async () => {
  await dialog("slow").getByRole("button", { name: "Another export" }).click();
  const list = await see(dialog("slow").getByRole("table", { name: "Your last exports of this table" }));
  const file = await taken(() => list.getByRole("link", { name: "Download slow.csv" }).click());
  expect(file.text.trimEnd().split("\n")).toHaveLength(3504);
  await list.getByRole("button", { name: "Forget slow.csv" }).first().click();
  await gone(list.getByRole("link", { name: "Download slow.csv" }));
  expect(await stage.panel.sql("quarterdeck", "select count(*) from explorer.exports where table_name = 'slow'")).toBe(
    "1",
  );
  expect(troubles).toEqual([]);
});

test("where too many are kept, those of all tables are shown", async () => {
  await stage.panel.sql(
    "quarterdeck",
    "insert into explorer.exports select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid()))).* " +
      "from explorer.exports e, generate_series(1, 10) where e.table_name = 'many'",
  );
  const form = await open("track");
  await form.getByText("In the background").click();
  await form.getByRole("button", { name: "Export", exact: true }).click();
  await says(form.getByRole("alert"), "10 of your exports are kept already");
  await says(form.getByRole("table", { name: "Your last exports of all tables" }), "chinook · public.many.csv");
});
