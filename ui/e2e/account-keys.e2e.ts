// API keys of users: made within what they may, shown once, replaced, ended; and what staff see in a user's name.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { barriers } from "./harness/accessibility.ts";
import {
  Api,
  address,
  field,
  gone,
  heading,
  note,
  pick,
  says,
  see,
  setStage,
  stepByStep,
  type Trouble,
  until,
  watch,
} from "./harness/index.ts";
import { GRACE, join, makeUser, userIn } from "./harness/users.ts";

const stage = setStage("account-keys");
let page: Page;
let troubles: Trouble[];
let user = "";
let key = "";
let successor = "";

stepByStep();

beforeAll(async () => {
  user = await makeUser(stage.owner, stage.panel);
  page = await (await userIn(stage.browser, stage.panel)).newPage();
  troubles = watch(page, (status) => status === 422);
});

const button = (name: string) => page.getByRole("button", { name, exact: true });
const works = async (text: string) =>
  (await fetch(`${stage.panel.url}/api/v1/organizations`, { headers: { Authorization: `Bearer ${text}` } })).status ===
  200;

/** Reads the text of a key from the dialog that shows it once. */
async function keep(): Promise<string> {
  const text = await page.getByLabel("One-time value").inputValue();
  expect(text).toMatch(/^qd_/);
  await page.getByLabel("I have kept it").check();
  await button("Done").click();
  return text;
}

test("who belongs to no organization is told why there can be no key", async () => {
  await page.goto("/account/keys");
  await heading(page, "API keys");
  await see(page.getByText("No API keys yet"));
  expect(await button("New API key").getAttribute("aria-disabled")).toBe("true");
  const { id } = await new Api(stage.owner, stage.panel).post("/organizations", { name: "Northwind Traders" });
  await join(stage.owner, stage.panel, user, id, "viewer");
});

test("a key is made from what one may oneself, and shown once", async () => {
  await page.reload();
  await page.getByRole("link", { name: "New API key" }).click();
  await heading(page, "New API key");
  await button("Create API key").click();
  await says(page.getByRole("alert"), /fields? needs?/);
  await field(page, "Name").fill("Nightly report");
  await pick(page, field(page, "What it may do").first(), "organizations:read");
  await page.keyboard.press("Escape");
  expect(await barriers(page)).toEqual([]);
  await button("Create API key").click();
  await see(page.getByRole("dialog", { name: "Nightly report" }));
  key = await keep();
  expect(await works(key)).toBe(true);
  await heading(page, "Nightly report");
  await address(page, /\/account\/keys\/[0-9a-f-]{36}$/);
  expect(await page.content()).not.toContain(key);
});

test("what it did is in its log", async () => {
  await until("The request is written down", async () => {
    await page.reload();
    await heading(page, "Nightly report");
    return (await page.getByText("GET /organizations").count()) > 0;
  });
  expect(await barriers(page)).toEqual([]);
});

test("it is replaced by one that works beside it", async () => {
  await button("Rotate").click();
  const dialog = await see(page.getByRole("dialog", { name: "Rotate Nightly report?" }));
  await dialog.getByRole("button", { name: "Rotate" }).click();
  await see(page.getByRole("dialog", { name: "Nightly report" }));
  successor = await keep();
  expect([await works(key), await works(successor)]).toEqual([true, true]);
  await page.goto("/account/keys");
  await see(page.getByText("Being replaced"));
});

test("and ended at once", async () => {
  const fresh = page.getByRole("listitem").filter({ hasNotText: "Being replaced" });
  await fresh.getByRole("link", { name: "Nightly report" }).click();
  await heading(page, "Nightly report");
  await button("Revoke").click();
  const dialog = await see(page.getByRole("dialog", { name: "Revoke Nightly report?" }));
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await see(note(page, "Nightly report works no more"));
  expect([await works(key), await works(successor)]).toEqual([true, false]);
});

test("in a user's name, staff see nothing of this", async () => {
  const begun = await new Api(stage.owner, stage.panel).post<{ open: string }>(`/users/${user}/impersonate`, {
    reason: "looking",
  });
  const desk = await stage.owner.newPage();
  await desk.goto(begun.open);
  await desk.getByRole("button", { name: "Go on" }).click();
  await address(desk, "/dashboard");
  for (const path of ["", "/password", "/security", "/sessions", "/keys", "/keys/new"]) {
    await desk.goto(`/account${path}`);
    await see(desk.getByText(`Only ${GRACE.name} can see this`));
    expect(await desk.getByRole("main").getByRole("button").count()).toBe(0);
  }
  await desk.getByRole("button", { name: "Stop" }).click();
  await gone(desk.getByText(`Only ${GRACE.name} can see this`));
});

test("nothing went wrong unseen", () => {
  expect(troubles).toEqual([]);
});
