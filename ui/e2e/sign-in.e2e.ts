// The doors of staff: second factors set up, asked for and lost; passkeys; proving again who sits there.
import type { BrowserContext, Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import {
  Api,
  address,
  codeOf,
  field,
  heading,
  person,
  says,
  see,
  setStage,
  stepByStep,
  type Trouble,
  watch,
} from "./harness/index.ts";
import { DEVELOPER, makeStaff } from "./harness/staff.ts";

const stage = setStage("sign-in");
let context: BrowserContext;
let page: Page;
let troubles: Trouble[];
let secret = "";
let codes: string[] = [];

stepByStep();

beforeAll(async () => {
  await makeStaff(stage.owner, stage.panel, "developer", DEVELOPER);
  const api = new Api(stage.owner, stage.panel);
  const [role] = await api.get("/roles?name=eq.developer&scope=eq.platform");
  await api.post(`/roles/${role?.id}/set-rules`, { second_factor: true });
  context = await person(stage.browser, stage.panel.url);
  page = await context.newPage();
  troubles = watch(page, (status) => [401, 403, 422].includes(status));
});

async function password(who = DEVELOPER) {
  await field(page, "E-mail").fill(who.email);
  await field(page, "Password").fill(who.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

const code = () => field(page, "Code of your authenticator app");

test("who needs a second step sets it up at the door, and a reload goes on", async () => {
  await page.goto("/admin/users");
  await heading(page, "Sign in");
  await password();
  await heading(page, "Set up your second step");
  await see(page.getByRole("img", { name: "QR code for the authenticator app" }));
  secret = ((await page.locator("[data-secret]").textContent()) ?? "").replace(/\s/g, "");
  await page.reload();
  await heading(page, "Set up your second step");
  await says(page.locator("[data-secret]"), secret.slice(0, 4));
  await code().fill("000000");
  await says(page.getByRole("alert"), "not the code");
  await code().fill(codeOf(secret));
  await heading(page, "Recovery codes");
  codes = await page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem").allTextContents();
  expect(codes).toHaveLength(10);
  const go = page.getByRole("button", { name: "Go on" });
  expect(await go.isDisabled()).toBe(true);
  await page.getByLabel("I have kept them").check();
  await go.click();
  await address(page, "/admin/users");
});

test("afterwards the code is asked for; wrong ones are counted; one can start again", async () => {
  await context.clearCookies();
  await page.goto("/admin/login");
  await password();
  await heading(page, "Confirm that it is you");
  await code().fill("000000");
  await says(page.getByRole("status"), "4 tries are left");
  await page.getByRole("button", { name: "Start again" }).click();
  await heading(page, "Sign in");
  await page.reload();
  await heading(page, "Sign in");
});

test("five wrong codes end the sign-in", async () => {
  await password();
  for (const left of ["4 tries are left", "3 tries are left", "2 tries are left", "One try is left"]) {
    await code().fill("000000");
    await says(page.getByRole("status"), left);
  }
  await code().fill("000000");
  await heading(page, "Sign in");
  await says(page.getByRole("alert"), "too many wrong codes");
});

test("a recovery code lets in", async () => {
  await password();
  await heading(page, "Confirm that it is you");
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await field(page, "Recovery code").fill(codes[0] ?? "");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await heading(page, "Hello, Dana");
});
test("nothing went wrong unseen", () => {
  expect(troubles).toEqual([]);
});
