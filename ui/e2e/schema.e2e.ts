// Tables made and changed in the browser: the SQL is seen before, and what was seen is what is done.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { barriers } from "./harness/accessibility.ts";
import { choose, field, gone, input, note, pick, says, see, setStage, type Trouble, watch } from "./harness/index.ts";

const stage = setStage("schema");
let page: Page;
let troubles: Trouble[];
const ask = (sql: string) => stage.panel.sql("quarterdeck", sql);
const drawer = (name: string | RegExp) => page.getByRole("dialog", { name });
const apply = async (name: string | RegExp, button: string) => {
  await drawer(name).getByRole("button", { name: button }).click();
  await gone(drawer(name));
};

beforeAll(async () => {
  page = await stage.owner.newPage();
  troubles = watch(page);
});

test("a table is made, with its SQL shown while it is described", async () => {
  await page.goto("/admin/tables");
  await choose(page, page.getByRole("button", { name: "New", exact: true }), "New table");
  const form = drawer("New table");
  await field(page, "Name").fill("orders");
  await says(form.locator("pre"), 'create table "public"."orders"');
  expect(await ask("select to_regclass('public.orders') is null"), "nothing is done before").toBe("t");
  expect(await barriers(page)).toEqual([]);
  await apply("New table", "Create table");
  await see(page.getByRole("heading", { name: "public.orders", level: 1 }));
  expect(await ask("select pg_get_userbyid(relowner) from pg_class where oid = 'public.orders'::regclass")).toBe(
    "quarterdeck_schema",
  );
});

test("a column, a rule and an index are added, and what is wrong is said at its field", async () => {
  await page.getByRole("button", { name: "Add column" }).click();
  await field(page, "Name").fill("user_id");
  await input(page, "Type").fill("no_such_type");
  await see(page.getByText("There is no type no_such_type").first());
  expect(await drawer("Add a column to orders").getByRole("button", { name: "Add column" }).isDisabled()).toBe(true);
  await input(page, "Type").fill("uuid");
  await apply("Add a column to orders", "Add column");
  await see(note(page, "It can be taken back"));

  await page.getByRole("button", { name: "Add rule" }).first().click();
  await field(page, "Must be true of each row").fill("id > 0");
  await apply("Add a rule to orders", "Add rule");
  await see(page.getByText("orders_check", { exact: true }));

  await page.getByRole("button", { name: "Add index" }).click();
  await pick(page, input(page, "Columns"), "user_id");
  await page.keyboard.press("Escape");
  await apply("Add an index to orders", "Add index");
  await see(page.getByText("orders_user_id_idx", { exact: true }));
});

test("a policy begins with a template and holds at once", async () => {
  await page.getByRole("button", { name: "Add policy" }).click();
  await page.getByRole("button", { name: "Own rows, read" }).click();
  await says(drawer("Add a policy to orders").locator("pre"), "auth.uid()");
  await apply("Add a policy to orders", "Add policy");
  await see(page.getByText("Own rows can be read", { exact: true }));
  expect(await ask("select relrowsecurity from pg_class where oid = 'public.orders'::regclass")).toBe("t");
  expect(await barriers(page)).toEqual([]);
});

test("a change is taken back from where it was made, and once", async () => {
  await page.getByRole("button", { name: "Add column" }).click();
  await field(page, "Name").fill("spare");
  await input(page, "Type").fill("text");
  await apply("Add a column to orders", "Add column");
  await note(page, "It can be taken back").getByRole("button", { name: "Take back…" }).last().click();
  await says(drawer("Take this change back").locator("pre").first(), 'drop column "spare"');
  await see(drawer("Take this change back").getByText("What was entered there since goes with it."));
  expect(await barriers(page)).toEqual([]);
  await apply("Take this change back", "Take back");
  await see(note(page, "Taken back."));
  const left = "select count(*) from pg_attribute where attrelid = 'public.orders'::regclass and attname = 'spare'";
  expect(await ask(left)).toBe("0");
  await page.getByRole("button", { name: "Take back…" }).last().click();
  await see(drawer("Take this change back").getByText("It was taken back already."));
  await drawer("Take this change back").getByRole("button", { name: "Cancel" }).click();
  // The refusal is what this is about.
  troubles.splice(0, troubles.length, ...troubles.filter(({ what }) => !what.startsWith("409")));
  await page.goto("/admin/tables/main/public/orders?tab=structure");
  await see(page.getByRole("button", { name: "Add policy" }));
});

test("what stands in the way is said, and a column is dropped with its way back", async () => {
  await ask("set role quarterdeck_schema; create view public.mine as select user_id from public.orders");
  await choose(page, page.getByRole("button", { name: "More about user_id" }).first(), "Drop");
  await see(drawer("Drop user_id").getByText("public.mine"));
  expect(await drawer("Drop user_id").getByRole("button", { name: "Drop" }).isDisabled()).toBe(true);
  await drawer("Drop user_id").getByRole("button", { name: "Cancel" }).click();
  await choose(page, page.getByRole("button", { name: "More about created_at" }).first(), "Drop");
  await drawer("Drop created_at").getByText("Show the way back").click();
  await see(drawer("Drop created_at").getByText('add column "created_at"'));
  await apply("Drop created_at", "Drop");
  await gone(page.getByRole("cell", { name: "created_at" }));
});

test("a table of somebody else is taken over first", async () => {
  await ask("create table public.theirs (id int primary key)");
  await page.goto("/admin/tables/main/public/theirs?tab=structure");
  expect(await page.getByRole("button", { name: "Add column" }).isDisabled()).toBe(true);
  await page.getByRole("button", { name: "Take over" }).click();
  await drawer(/Take over/)
    .getByRole("button", { name: "Take over" })
    .click();
  await gone(page.getByText(/belongs to/));
  await page.getByRole("button", { name: "Add column" }).click();
  await see(drawer("Add a column to theirs"));
});

test("nothing went wrong unseen", () => {
  expect(troubles.filter((one) => !/\b422\b/.test(JSON.stringify(one)))).toEqual([]);
});
