// Single sign-on in a real browser, through the login pages of a real provider.
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  Api,
  address,
  field,
  heading,
  launch,
  makeOwner,
  OWNER,
  Panel,
  person,
  pick,
  see,
  signedIn,
  stepByStep,
  type Trouble,
  watch,
} from "./harness/index.ts";
import { OidcServer } from "./harness/oidc.ts";

let panel: Panel;
let provider: OidcServer;
let browser: Browser;
let owner: BrowserContext;
let api: Api;
let admin: Page;
let troubles: Trouble[];

stepByStep();

beforeAll(async () => {
  panel = await Panel.start("sso");
  const callback = (slug: string) => `${panel.url}/auth/sso/${slug}/callback`;
  provider = await OidcServer.start({
    clients: ["keycloak", "people", "navy"].map((slug) => ({
      client_id: slug,
      client_secret: "a-secret-of-the-client",
      redirect_uris: [callback(slug)],
      post_logout_redirect_uris: [`${panel.url}/admin/login`],
    })),
    people: {
      grace: { email: "grace@example.com", email_verified: true, name: "Grace Hopper", groups: ["support"] },
      erika: { email: OWNER.email, email_verified: true, name: OWNER.name },
      anita: { email: "anita@navy.example", email_verified: true, name: "Anita" },
      linus: { email: "linus@corp.example", email_verified: true, name: "Linus" },
    },
  });
  browser = await launch();
  await makeOwner(panel);
  owner = await signedIn(browser, panel);
  api = new Api(owner, panel);
  await api.patch("/settings/identity.sso_loopback", { value: true });
  admin = await owner.newPage();
  troubles = watch(admin);
});

afterAll(async () => {
  await browser?.close();
  provider?.stop();
  await panel?.stop();
});

async function stranger(): Promise<Page> {
  return (await person(browser, panel.url)).newPage();
}

test("an owner adds a provider, with a rule for a role", async () => {
  await admin.goto("/admin/identity-providers/new");
  await heading(admin, /provider/i);
  await field(admin, "Name").fill("Keycloak");
  await field(admin, "Short name").fill("keycloak");
  const known = await see(admin.getByRole("group", { name: "What the provider has to know" }));
  await see(known.getByText(`${panel.url}/auth/sso/keycloak/callback`));
  await see(known.getByText(`${panel.url}/auth/sso/keycloak/logout`));
  await see(known.getByRole("button", { name: "Copy: Redirect URI" }));
  await pick(admin, admin.getByRole("combobox", { name: /^For/ }), "Staff");
  await field(admin, "Issuer").fill(provider.issuer);
  await field(admin, "Client id").fill("keycloak");
  await field(admin, "Client secret").fill("a-secret-of-the-client");
  await admin.getByLabel("Makes accounts").check();
  await admin.getByRole("button", { name: "Add", exact: true }).click();
  const rule = admin.getByRole("group", { name: "No. 1" });
  await field(rule, "Claim").fill("groups");
  await field(rule, "Value").fill("support");
  const role = rule.getByRole("combobox", { name: /^Role/ });
  await role.click();
  // Only roles of the provider's own side are offered.
  await see(admin.getByRole("option", { name: "Operator" }));
  expect(await admin.getByRole("option", { name: "Viewer" }).count()).toBe(0);
  await pick(admin, role, "Operator");
  await admin.getByRole("button", { name: "Add provider" }).click();
  await address(admin, /identity-providers\/[0-9a-f-]{36}/);
  await heading(admin, "Keycloak");
  await see(admin.getByText(`${panel.url}/auth/sso/keycloak/callback`));
  const rules = admin.getByRole("table").filter({ hasText: "groups" });
  await see(rules.getByRole("row", { name: /groups support Operator/ }));
});

test("the test button says that the provider is there", async () => {
  const [made] = await api.get("/identity-providers");
  const checked = await api.post<{ ok: boolean; redirect_uri: string }>(`/identity-providers/${made?.id}/check`);
  expect(checked).toMatchObject({ ok: true, redirect_uri: `${panel.url}/auth/sso/keycloak/callback` });
});

test("somebody new comes in by it, with the role of the rule, and lands where they wanted to go", async () => {
  const page = await stranger();
  await page.goto("/admin/users");
  await page.getByRole("button", { name: "Continue with Keycloak" }).click();
  await provider.signIn(page, "grace");
  await address(page, `${panel.url}/admin/users`);
  await heading(page, "Users");
  const [made] = await api.get("/staff?email=eq.grace@example.com");
  expect(made).toMatchObject({ name: "Grace Hopper", role: "operator" });
});

test("whoever gives up there, or has no account, reads so here", async () => {
  const page = await stranger();
  await page.goto("/admin/login");
  await page.getByRole("button", { name: "Continue with Keycloak" }).click();
  await page.getByRole("link", { name: /cancel/i }).click();
  await see(page.getByRole("alert").filter({ hasText: "Keycloak said no" }));
  await page.getByRole("button", { name: "Continue with Keycloak" }).click();
  await provider.signIn(page, "erika");
  await see(page.getByRole("alert").filter({ hasText: "There is no account for you here" }));
});

test("an account is connected on its profile, and opens by that from then on", async () => {
  await admin.goto("/admin/profile/security");
  await admin.getByRole("button", { name: "Connect Keycloak" }).click();
  await provider.signIn(admin, "erika");
  await address(admin, `${panel.url}/admin/profile/security`);
  await see(admin.getByRole("button", { name: "Disconnect Keycloak" }));
  const page = await stranger();
  await page.goto("/admin/login");
  await page.getByRole("button", { name: "Continue with Keycloak" }).click();
  await provider.signIn(page, "erika");
  await heading(page, /./);
  await address(page, /\/admin$/);
});

/** Grace comes in by the provider and does what wants a proof: the dialog that asks, and the provider's window. */
async function askedAgain(page: Page): Promise<{ asked: Locator; other: Page }> {
  await page.goto("/admin/profile/security");
  await page.getByRole("button", { name: "Continue with Keycloak" }).click();
  await provider.signIn(page, "grace");
  await address(page, `${panel.url}/admin/profile/security`);
  await page.getByRole("button", { name: "Add an authenticator app" }).click();
  const asked = await see(page.getByRole("dialog", { name: "Confirm that it is you" }));
  const [other] = await Promise.all([
    page.waitForEvent("popup"),
    asked.getByRole("button", { name: "Confirm with Keycloak" }).click(),
  ]);
  return { asked, other };
}

test("whoever has no password proves again who they are at the provider, in a window of its own", async () => {
  const page = await stranger();
  const { asked, other } = await askedAgain(page);
  await see(asked.getByRole("status").filter({ hasText: "Go on in the other window" }));
  // Whom the provider knows it asks again all the same, and the window closes by itself.
  const closed = other.waitForEvent("close");
  await provider.proveAgain(other, "grace");
  await closed;
  await see(page.getByRole("dialog", { name: "Add an authenticator app" }));
});

test("whoever is somebody else at the provider proves nothing", async () => {
  const page = await stranger();
  const { asked, other } = await askedAgain(page);
  await provider.proveAgain(other, "erika");
  await address(other, /\/auth\/proved\?sso=not-proved/);
  await see(other.getByText("Keycloak didn't confirm that it is you"));
  await see(asked);
  await other.close();
});

test("signing out goes on to the provider, where that is wanted, and comes back", async () => {
  const [made] = await api.get("/identity-providers?slug=eq.keycloak");
  await api.patch(`/identity-providers/${made?.id}`, { sign_out_there: true });
  const page = await stranger();
  await page.goto("/admin");
  await page.getByRole("button", { name: "Continue with Keycloak" }).click();
  await provider.signIn(page, "grace");
  await heading(page, /./);
  await page.getByRole("button", { name: /Grace Hopper/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL(`${provider.issuer}/session/end**`);
  await page.getByRole("button", { name: /yes/i }).click();
  await address(page, `${panel.url}/admin/login`);
  // The provider has forgotten them, too: it asks who they are.
  await page.getByRole("button", { name: "Continue with Keycloak" }).click();
  await see(page.locator('input[name="login"]'));
});

test("an address of a provider's domain is led there, and others give their password", async () => {
  await api.post("/identity-providers", {
    label: "Corp",
    slug: "people",
    account_kind: "user",
    issuer: provider.issuer,
    client_id: "people",
    client_secret: "a-secret-of-the-client",
    shown: false,
    domains: ["corp.example"],
    exclusive: true,
    create_accounts: true,
  });
  const page = await stranger();
  await page.goto("/auth/login");
  await field(page, "E-mail").fill("somebody@example.com");
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await see(field(page, "Password"));
  await field(page, "E-mail").fill("linus@corp.example");
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await page.waitForURL(`${provider.issuer}/**`);
  await provider.signIn(page, "linus");
  await address(page, `${panel.url}/dashboard`);
});

test("somebody of that domain who is invited accepts it at the provider", async () => {
  await api.post("/identity-providers", {
    label: "Navy",
    slug: "navy",
    account_kind: "user",
    issuer: provider.issuer,
    client_id: "navy",
    client_secret: "a-secret-of-the-client",
    domains: ["navy.example"],
    exclusive: true,
  });
  const { link } = await api.post<{ link: string }>("/users/invite", { email: "anita@navy.example" });
  const page = await stranger();
  await page.goto(link);
  await heading(page, /invitation/i);
  expect(await page.getByLabel("Password", { exact: true }).count()).toBe(0);
  await page.getByRole("button", { name: "Accept with Navy" }).click();
  await provider.signIn(page, "anita");
  await address(page, `${panel.url}/dashboard`);
  const [user] = await api.get("/users?email=eq.anita@navy.example");
  expect(user).toMatchObject({ name: "Anita" });
});

test("nothing went wrong that nobody expected", () => {
  // The pages of the provider ask for a font on the internet.
  expect(troubles.filter(({ where }) => !/^\/(interaction|session)\//.test(where))).toEqual([]);
});
