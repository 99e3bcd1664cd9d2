// The administration of one organization by its own people, and the portal around it.
import type { BrowserContext, Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { barriers, overflow } from "./harness/accessibility.ts";
import {
  type Account,
  Api,
  address,
  choose,
  field,
  Grid,
  heading,
  linkTo,
  NARROW,
  navigationPaths,
  note,
  PATIENCE,
  person,
  pick,
  says,
  see,
  setStage,
  stepByStep,
  type Trouble,
  watch,
} from "./harness/index.ts";
import { countRequests, settled, turnTo } from "./harness/settle.ts";
import { join, makeUser, userIn } from "./harness/users.ts";

const ADA: Account = { name: "Ada Lovelace", email: "ada@house.example", password: "violet tundra biscuit anchor" };
const VERA: Account = { name: "Vera Viewer", email: "vera@house.example", password: "copper lantern orchid drizzle" };
const HEDY: Account = { name: "Hedy Lamarr", email: "hedy@house.example", password: "marble cactus trumpet river" };

const stage = setStage("organization");
let context: BrowserContext;
let page: Page;
let troubles: Trouble[];
let house: string;
let second: string;

stepByStep();

beforeAll(async () => {
  const api = new Api(stage.owner, stage.panel);
  house = (await api.post("/organizations", { name: "Lighthouse" })).id;
  second = (await api.post("/organizations", { name: "Second Harbour" })).id;
  const ada = await makeUser(stage.owner, stage.panel, ADA);
  const vera = await makeUser(stage.owner, stage.panel, VERA);
  const other = await makeUser(stage.owner, stage.panel, { ...VERA, name: "Otto Other", email: "otto@second.example" });
  await join(stage.owner, stage.panel, ada, house, "admin", "admin");
  await join(stage.owner, stage.panel, vera, house, "viewer", "read_only");
  await join(stage.owner, stage.panel, other, second, "admin", "admin");
  await join(stage.owner, stage.panel, ada, second, "admin", "admin");
  context = await person(stage.browser, stage.panel.url);
  page = await context.newPage();
  countRequests(page);
  troubles = watch(page, (status) => [401, 403, 422].includes(status));
});

const base = () => `/dashboard/admin/${house}`;
const nav = () => page.getByRole("navigation", { name: "Main navigation" });
const grid = () => new Grid(page);

test("an admin signs in and comes to the administration of their organization", async () => {
  await page.goto("/dashboard/admin/memberships?search=ada");
  await heading(page, "Sign in");
  await field(page, "E-mail").fill(ADA.email);
  await field(page, "Password").fill(ADA.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  // What was asked for, in the organization that stands first.
  await address(page, `/dashboard/admin/${house}/memberships`);
  await address(page, "search=ada");
  await heading(page, "Members");
  await grid().settled();
  await says(grid().root, ADA.name);
  for (const name of ["Members", "Sessions", "Invitations", "Roles", "Keys", "Elevations", "Protection", "Audit log"])
    await see(nav().getByRole("link", { name: new RegExp(`^${name}`) }));
  expect(
    await nav()
      .getByRole("link", { name: /^Staff|^Users|^Organizations|^Settings/ })
      .count(),
  ).toBe(0);
});

test("the start says how many there are", async () => {
  await page.goto(base());
  await heading(page, "Lighthouse");
  await says(page.getByRole("main"), "Owned by Ada Lovelace");
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await heading(page, "Members");
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Search people, tables, pages").fill("vera");
  await see(page.getByText("Vera Viewer").last());
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await see(page.getByRole("dialog", { name: "Keyboard shortcuts" }));
  await page.keyboard.press("Escape");
});

test("somebody is invited, and accepts in a browser of their own", async () => {
  await page.goto(`${base()}/memberships`);
  await page.getByRole("button", { name: "Invite" }).click();
  const dialog = await see(page.getByRole("dialog", { name: "Invite" }));
  expect(await dialog.getByLabel(/Organization/).count(), "it is never asked which").toBe(0);
  await field(dialog, "E-mail").fill(HEDY.email);
  await field(dialog, "Name").fill(HEDY.name);
  await pick(page, field(dialog, "Role"), "Viewer");
  await dialog.getByRole("button", { name: "Invite" }).click();
  const shown = await see(
    page.getByRole("dialog", { name: "Invite" }).getByRole("textbox", { name: "One-time value" }),
  );
  const link = await shown.inputValue();
  expect(link).toContain("/auth/invite?token=");
  await page.getByLabel(/kept/).check();
  await page.getByRole("button", { name: "Done" }).click();

  await page.goto(`${base()}/user-invitations`);
  await grid().settled();
  await says(grid().root, HEDY.email);

  const guest = await person(stage.browser, stage.panel.url);
  const there = await guest.newPage();
  const wrong = watch(there, (status) => status === 401);
  await there.goto(link.replace(/^https?:\/\/[^/]+/, stage.panel.url));
  await says(there.getByRole("main"), "Lighthouse");
  await field(there, "Password").fill(HEDY.password);
  await Promise.all([
    there.waitForResponse((answer) => answer.request().method() === "POST" && answer.status() === 201),
    there.getByRole("button", { name: "Create my account" }).click(),
  ]);
  await there.goto("/dashboard");
  await says(there.getByRole("main"), "Lighthouse");
  expect(wrong).toEqual([]);
  await guest.close();
});

test("their role is changed, and counts", async () => {
  await page.goto(`${base()}/memberships?search=hedy`);
  await grid().settled();
  await grid().root.getByText(HEDY.name, { exact: true }).first().click();
  const drawer = await see(page.getByRole("dialog", { name: "Details" }));
  await choose(page, drawer.getByRole("button", { name: "More actions" }), "Change role");
  const dialog = await see(page.getByRole("dialog", { name: "Change role" }));
  await pick(page, field(dialog, "Role"), "Member");
  await dialog.getByRole("button", { name: "Change role" }).click();
  await see(note(page, /Hedy Lamarr/));
  await says(drawer, "Member");
  await page.keyboard.press("Escape");
});

test("a key is made within one's own rights", async () => {
  await page.goto(`${base()}/keys/new`);
  await field(page, "Name").fill("Nightly report");
  const scopes = page.getByLabel(/^Scopes/).first();
  await scopes.fill("memberships:read");
  await scopes.press("Enter");
  await pick(page, page.getByRole("combobox", { name: "Role" }), "Viewer");
  await page.getByRole("button", { name: /^Create/ }).click();
  await says(page.getByRole("dialog"), /once|again/);
  expect(await page.getByRole("dialog").getByRole("textbox").inputValue()).toMatch(/^qd_/);
  await page.getByLabel(/kept/).check();
  await page.getByRole("button", { name: "Done" }).click();
  await heading(page, "Nightly report");
});

test("a member's session is ended here, and comes back with a proof", async () => {
  const guest = await userIn(stage.browser, stage.panel, VERA);
  const there = await guest.newPage();
  const wrong = watch(there, (status) => status === 403);
  await there.goto("/dashboard");
  await says(there.getByRole("main"), "Recent activity in Lighthouse");
  await page.goto(`${base()}/member-sessions?search=vera`);
  await grid().settled();
  await grid().root.getByText("Vera Viewer", { exact: true }).first().click();
  const drawer = await see(page.getByRole("dialog", { name: "Details" }));
  await drawer.getByRole("button", { name: "End", exact: true }).click();
  await page.getByRole("dialog", { name: "End" }).getByRole("button", { name: /^End/ }).click();
  await says(drawer, "Ended");
  await page.keyboard.press("Escape");

  await there.goto(base());
  await see(there.getByText("Your sessions in Lighthouse were ended"));
  expect(await barriers(there)).toEqual([]);
  await there.getByRole("button", { name: "Confirm that it is you" }).click();
  const proof = await see(there.getByRole("dialog"));
  await field(proof, "Password").fill(VERA.password);
  await proof.getByRole("button", { name: "Confirm", exact: true }).click();
  await see(there.getByText("The administration of Lighthouse is for its admins"));
  expect(wrong).toEqual([]);
  await guest.close();
});

test("a role needs a second factor here, and nowhere else", async () => {
  await page.goto(`${base()}/security`);
  await page.getByRole("switch", { name: "Viewer" }).click({ force: true });
  // Rules are changed by who has just proved who they are.
  const guest = await userIn(stage.browser, stage.panel, VERA);
  const there = await guest.newPage();
  const wrong = watch(there, (status) => status === 403);
  await see(note(page, "Viewer needs a second factor now"));
  await there.goto(base());
  await see(there.getByText("Lighthouse asks for a second factor"));
  await see(there.getByRole("link", { name: "Set up a second factor" }));
  for (const path of ["/dashboard", "/account/organizations"]) {
    await there.goto(path);
    await says(there.getByRole("main"), "Second factor needed");
  }
  expect(await barriers(there)).toEqual([]);
  expect(wrong).toEqual([]);
  await guest.close();
  await page.getByRole("switch", { name: "Viewer" }).click({ force: true });
  await see(note(page, "Viewer needs no second factor any more"));
});

test("the audit log is the organization's own", async () => {
  await page.goto(`${base()}/audit`);
  const log = await see(page.getByRole("list", { name: "Audit log" }));
  for (const what of ["Invite", "Change role", "Create"]) await says(log, what);
  // What the platform's staff did stands there too, as theirs.
  await says(log, "(platform staff)");
  await says(log, HEDY.email);
  expect(await log.textContent()).not.toContain("Second Harbour");
});

test("no page has a barrier, and each fits a narrow window", { timeout: 300_000 }, async () => {
  const links = await navigationPaths(page);
  const more = [`${base()}/roles/new`, `${base()}/hours/new`, `${base()}/organizations/${house}`];
  const pages = [...new Set([...links, ...more, "/dashboard", "/account/organizations"])];
  expect(pages.filter((path) => path.startsWith(base())).length).toBeGreaterThan(8);
  const faults: string[] = [];
  for (const path of pages) {
    await turnTo(page, path);
    for (const barrier of await barriers(page)) faults.push(`${path}: ${barrier}`);
    await page.setViewportSize(NARROW);
    await settled(page);
    const wide = await overflow(page);
    if (wide) faults.push(`${path} narrow: ${wide}`);
    await page.setViewportSize({ width: 1440, height: 900 });
  }
  expect(faults).toEqual([]);
});

test("another organization shows nothing of this one", async () => {
  await page.goto(`${base()}/memberships`);
  await grid().settled();
  await says(grid().root, "Vera Viewer");
  await page.getByRole("button", { name: "Organization: Lighthouse" }).click();
  await page.getByRole("menuitem", { name: /Second Harbour/ }).click();
  await address(page, `/dashboard/admin/${second}`);
  await heading(page, "Second Harbour");
  await nav()
    .getByRole("link", { name: /^Members/ })
    .click();
  await grid().settled();
  await says(grid().root, "Otto Other");
  expect(await grid().root.textContent()).not.toContain("Vera");
  await page.goBack();
  await page.goBack();
  await heading(page, "Members");
  await grid().settled();
  await says(grid().root, "Vera Viewer");
  expect(await grid().root.textContent()).not.toContain("Otto");
  await page.reload();
  await grid().settled();
  await says(grid().root, "Vera Viewer");
});

test("what isn't theirs is said in words", async () => {
  await page.goto("/dashboard/admin/0190b6c8-0000-7000-8000-00000000dead/keys");
  await see(page.getByText("This is no organization of yours"));
  expect(await barriers(page)).toEqual([]);
  await page.goto(`${base()}/no-such-page/at/all`);
  await see(page.getByText("There is no such page").or(page.getByText("No such page")).first());
});

test("exit leads to the portal, and the owner can't leave before handing over", async () => {
  await page.goto(base());
  await page.getByRole("link", { name: "Exit Admin" }).first().click();
  await address(page, "/dashboard");
  await heading(page, /Hello, Ada/);
  await page.getByRole("button", { name: "More about Lighthouse" }).click();
  await says(page.getByRole("menuitem", { name: /^Leave/ }), "Hand it over");
  await page.keyboard.press("Escape");
  await page.goto("/account/organizations");
  await page.getByRole("button", { name: "Switch to Second Harbour" }).click();
  await see(note(page, "You are in Second Harbour now"));
  await see(page.getByRole("button", { name: "Switch to Lighthouse" }));
  await page.getByRole("button", { name: "Leave Second Harbour" }).click();
  const ask = await see(page.getByRole("dialog", { name: "Leave Second Harbour?" }));
  await ask.getByRole("button", { name: "Leave" }).click();
  await see(note(page, "You left Second Harbour"));
  await expect.poll(() => page.getByRole("main").textContent(), { timeout: PATIENCE }).not.toContain("Second Harbour");
  await page.goto(`/dashboard/admin/${second}`);
  await see(page.getByText("This is no organization of yours"));
  expect(troubles).toEqual([]);
});

test("who has an account joins a second organization with it", async () => {
  const invited = await new Api(stage.owner, stage.panel).post<{ link: string }>("/memberships/invite", {
    email: HEDY.email,
    organization_id: second,
  });
  const guest = await person(stage.browser, stage.panel.url);
  const there = await guest.newPage();
  const wrong = watch(there, (status) => status === 401);
  await there.goto(invited.link.replace(/^https?:\/\/[^/]+/, stage.panel.url));
  await heading(there, "Join Second Harbour");
  expect(await barriers(there)).toEqual([]);
  await there.getByRole("button", { name: "Sign in to join" }).click();
  await heading(there, "Sign in");
  await field(there, "E-mail").fill(HEDY.email);
  await field(there, "Password").fill(HEDY.password);
  await there.getByRole("button", { name: "Sign in", exact: true }).click();
  await heading(there, "Join Second Harbour");
  expect(there.url(), "the token stays out of the address").not.toContain("token");
  await there.getByRole("button", { name: "Join", exact: true }).click();
  await address(there, "/dashboard");
  for (const name of ["Lighthouse", "Second Harbour"]) await says(there.getByRole("main"), name);
  expect(wrong).toEqual([]);
  await guest.close();
});

test("who is refused more rights reads why, behind the link in the letter", async () => {
  const guest = await userIn(stage.browser, stage.panel, HEDY);
  const [manager] = await new Api(stage.owner, stage.panel).get("/roles?name=eq.manager&scope=eq.organization");
  const asked = await guest.request.post(`${stage.panel.url}/api/v1/elevations`, {
    data: { role_id: manager?.id, reason: "The fair is on Friday" },
    headers: { Origin: stage.panel.url, "Quarterdeck-Account": "user", "Quarterdeck-Organization": house },
  });
  expect(asked.status()).toBe(201);
  await guest.close();
  await page.goto(`${base()}/approvals`);
  await says(page.getByRole("main"), "The fair is on Friday");
  await page.getByRole("button", { name: "Deny" }).click();
  const ask = await see(page.getByRole("dialog", { name: "Deny the request" }));
  await field(ask, "Why not").fill("Vera does it this year");
  await ask.getByRole("button", { name: "Deny" }).click();
  await see(note(page, "Denied"));

  // On a phone that was never here; of her two organizations the letter means the one she was in before the last.
  const phone = await (await person(stage.browser, stage.panel.url, { viewport: NARROW })).newPage();
  const wrong = watch(phone, (status) => status === 401);
  await phone.goto(await linkTo(stage.panel, HEDY.email, "/dashboard"));
  await heading(phone, "Sign in");
  await field(phone, "E-mail").fill(HEDY.email);
  await field(phone, "Password").fill(HEDY.password);
  await phone.getByRole("button", { name: "Sign in", exact: true }).click();
  const denied = await see(phone.getByRole("list", { name: "Denied lately" }));
  await says(denied, "Manager: not granted");
  await says(denied, "Ada Lovelace: Vera does it this year");
  await see(phone.getByRole("button", { name: "Organization: Lighthouse" }));
  expect(new URL(phone.url()).search).toBe("");
  expect(await barriers(phone)).toEqual([]);
  expect(wrong).toEqual([]);
  await phone.context().close();
});

test("a viewer is told who can let them in", async () => {
  const viewer = await userIn(stage.browser, stage.panel, VERA);
  const there = await viewer.newPage();
  const wrong = watch(there);
  await there.goto("/dashboard");
  await heading(there, /Hello, Vera/);
  expect(await there.getByRole("link", { name: /^Administration/ }).count()).toBe(0);
  await there.goto(base());
  await see(there.getByText("The administration of Lighthouse is for its admins"));
  await says(there.getByRole("main"), "Ada Lovelace, who owns it");
  expect(await barriers(there)).toEqual([]);
  expect(wrong).toEqual([]);
  await viewer.close();
});
