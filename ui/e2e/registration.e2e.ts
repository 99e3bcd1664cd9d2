// People who come by themselves: they register, openly or with a code, confirm their address, forget their password and
// sign in by a link. The letters are the real ones.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import {
  Api,
  address,
  field,
  heading,
  linkTo,
  NARROW,
  OWNER,
  person,
  says,
  see,
  setStage,
  stepByStep,
  type Trouble,
  watch,
} from "./harness/index.ts";

const GRACE = { name: "Grace Hopper", email: "grace@example.com", password: "copper lantern orchid drizzle" };
const CREW = { name: "Carla Crew", email: "carla@example.com", password: "meadow saddle copper thimble" };
const NEW_PASSWORD = "violet harbour biscuit lantern";

const stage = setStage("registration");
let page: Page;
let troubles: Trouble[];

stepByStep();

const expected = (status: number) => [401, 403, 404, 410, 422].includes(status);

/** A new browser, in which nobody ever signed in. */
async function stranger(options = {}): Promise<Page> {
  const context = await person(stage.browser, stage.panel.url, options);
  return context.newPage();
}

async function set(key: string, value: unknown): Promise<void> {
  const answer = await stage.owner.request.patch(`${stage.panel.url}/api/v1/settings/${key}`, {
    data: { value },
    headers: { Origin: stage.panel.url, "If-Match": "*" },
  });
  expect(answer.status()).toBe(200);
}

async function signIn(where: Page, email: string, password: string): Promise<void> {
  await field(where, "E-mail").fill(email);
  await field(where, "Password").fill(password);
  await where.getByRole("button", { name: "Sign in", exact: true }).click();
}

beforeAll(async () => {
  page = await stranger();
  troubles = watch(page, expected);
});

test("as long as nobody may register, nothing offers it and the page says so", async () => {
  await page.goto("/auth/login");
  await heading(page, "Sign in");
  expect(await page.getByRole("link", { name: "Create an account" }).count()).toBe(0);
  await page.goto("/auth/register?invite=abcd-efgh-ijkm-npqr");
  await heading(page, "Registration is closed");
  await address(page, /\/auth\/register$/);
});

test("the platform's own name stands on its pages", async () => {
  await set("system.name", "Acme Cloud");
  await set("identity.registration", "open");
  await page.goto("/auth/login");
  await says(page.getByRole("main"), "Acme Cloud");
  await expect.poll(() => page.title()).toBe("Sign in · Acme Cloud");
});

test("who registers is told what is missing, then to look into the mail", async () => {
  await page.getByRole("link", { name: "Create an account" }).click();
  await heading(page, "Create an account");
  await field(page, "Name").fill(GRACE.name);
  await field(page, "E-mail").fill(GRACE.email);
  await field(page, "Password").fill("grace@example.com");
  await page.getByRole("button", { name: "Create account" }).click();
  await says(page.getByRole("main"), "anybody can guess");
  await field(page, "Password").fill(GRACE.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await heading(page, "Confirm your address");
  await says(page.getByRole("main"), GRACE.email);
});

test("before the address is confirmed the password alone doesn't let in, and the letter can be sent again", async () => {
  const first = await linkTo(stage.panel, GRACE.email, "/auth/verify");
  await page.goto("/auth/login");
  await signIn(page, GRACE.email, GRACE.password);
  await heading(page, "Confirm your address first");
  await page.getByRole("button", { name: "Send the letter again" }).click();
  await says(page.getByRole("status"), "on its way");
  const second = await linkTo(stage.panel, GRACE.email, "/auth/verify", first);
  const other = await stranger();
  await other.goto(first);
  await heading(other, "This link can't be used");
  await other.context().close();
  await page.goto(second);
  await heading(page, "Confirm your address");
  await address(page, /\/auth\/verify$/);
  await page.getByRole("button", { name: "Confirm the address" }).click();
  await heading(page, "Hello, Grace");
  await address(page, "/dashboard");
});

test("a forgotten password leads to a new one, and back to the users' own sign-in", async () => {
  await page.getByRole("button", { name: /^Your account/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await heading(page, "Sign in");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await heading(page, "Forgot your password?");
  await field(page, "E-mail").fill(GRACE.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await heading(page, "Look into your mail");
  await page.goto(await linkTo(stage.panel, GRACE.email, "/auth/reset"));
  await heading(page, "Choose a new password");
  await says(page.getByRole("main"), "At least 10 characters");
  await field(page, "New password").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Set new password" }).click();
  await heading(page, "Sign in");
  await address(page, "/auth/login");
  await says(page.getByRole("main"), "Your new password is set");
  await signIn(page, GRACE.email, NEW_PASSWORD);
  await heading(page, "Hello, Grace");
});

test("staff who forgot theirs choose one of their own kind", async () => {
  const staff = await stranger();
  await staff.goto("/admin/login");
  await staff.getByRole("link", { name: "Forgot your password?" }).click();
  // The sign-in page asks for an address, too.
  await heading(staff, "Forgot your password?");
  await field(staff, "E-mail").fill(OWNER.email);
  await staff.getByRole("button", { name: "Send the link" }).click();
  await heading(staff, "Look into your mail");
  await staff.goto(await linkTo(stage.panel, OWNER.email, "/auth/reset"));
  await says(staff.getByRole("main"), "At least 12 characters");
  await staff.context().close();
});

test("a code brings somebody into its organization, and is not left in the address", async () => {
  await set("identity.registration", "invitation");
  const api = new Api(stage.owner, stage.panel);
  const { id } = await api.post<{ id: string }>("/organizations", { name: "Navy" });
  const admin = await stage.owner.newPage();
  await admin.goto("/admin/registration-codes/new");
  await heading(admin, "New registration code");
  await field(admin, "Uses at most").fill("1");
  await admin.close();
  const { link, code } = await api.post<{ link: string; code: string }>("/registration-codes", {
    organization_id: id,
    max_uses: 1,
  });
  const crew = await stranger({ viewport: NARROW });
  const seen = watch(crew, expected);
  await crew.goto(link);
  await heading(crew, "Create an account");
  await says(crew.getByRole("main"), "You will join Navy as Member");
  await address(crew, /\/auth\/register$/);
  expect(await crew.content()).not.toContain(code);
  await field(crew, "Name").fill(CREW.name);
  await field(crew, "E-mail").fill(CREW.email);
  await field(crew, "Password").fill(CREW.password);
  await crew.getByRole("button", { name: "Create account" }).click();
  await heading(crew, "Confirm your address");
  // Opened on another device, the link makes the account there and signs nobody in.
  const phone = await stranger({ viewport: NARROW });
  await phone.goto(await linkTo(stage.panel, CREW.email, "/auth/verify"));
  await phone.getByRole("button", { name: "Confirm the address" }).click();
  await heading(phone, "Sign in");
  await says(phone.getByRole("main"), "Your address is confirmed");
  await signIn(phone, CREW.email, CREW.password);
  await heading(phone, "Hello, Carla");
  await says(phone.getByRole("main"), "Navy");
  await crew.goto(link);
  await says(crew.getByRole("alert"), "used up");
  await see(field(crew, "Invitation code"));
  await crew.context().close();
  await phone.context().close();
  expect(seen).toEqual([]);
});

test("a link signs in where it was asked for, and elsewhere only who says so", async () => {
  await set("identity.magic_link", true);
  const asker = await stranger();
  await asker.goto("/auth/login");
  await asker.getByRole("link", { name: "Sign in by a link" }).click();
  // The page before has a field of the same name.
  await heading(asker, "Sign in by a link");
  await field(asker, "E-mail").fill(GRACE.email);
  await asker.getByRole("button", { name: "Send the link" }).click();
  await heading(asker, "Look into your mail");
  const first = await linkTo(stage.panel, GRACE.email, "/auth/magic");
  const phone = await stranger({ viewport: NARROW });
  await phone.goto(first);
  await heading(phone, "Sign in here?");
  await phone.getByRole("button", { name: `Sign in as ${GRACE.email}` }).click();
  await heading(phone, "Hello, Grace");
  await asker.goto("/auth/magic");
  await field(asker, "E-mail").fill(GRACE.email);
  await asker.getByRole("button", { name: "Send the link" }).click();
  await heading(asker, "Look into your mail");
  await asker.goto(await linkTo(stage.panel, GRACE.email, "/auth/magic", first));
  await heading(asker, "Hello, Grace");
  await address(asker, "/dashboard");
  await asker.context().close();
  await phone.context().close();
});

test("who accepts an invitation is in", async () => {
  const api = new Api(stage.owner, stage.panel);
  const { link } = await api.post<{ link: string }>("/users/invite", { email: "ivy@example.com" });
  const ivy = await stranger();
  await ivy.goto(link);
  await field(ivy, "Name").fill("Ivy Invited");
  await field(ivy, "Password").fill(GRACE.password);
  await ivy.getByRole("button", { name: "Create my account" }).click();
  await heading(ivy, "Hello, Ivy");
  await ivy.context().close();
});

test("nothing went wrong unseen", () => {
  expect(troubles).toEqual([]);
});
