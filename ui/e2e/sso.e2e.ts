// Single sign-on in a real browser, through the login pages of a real provider.
import type { Browser, BrowserContext, Page } from "playwright-core";
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
    clients: ["keycloak", "people"].map((slug) => ({
      client_id: slug,
      client_secret: "a-secret-of-the-client",
      redirect_uris: [callback(slug)],
    })),
    people: {
      grace: { email: "grace@example.com", email_verified: true, name: "Grace Hopper", groups: ["support"] },
      erika: { email: OWNER.email, email_verified: true, name: OWNER.name },
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
  await pick(admin, admin.getByRole("combobox", { name: /^For/ }), "Staff");
  await field(admin, "Issuer").fill(provider.issuer);
  await field(admin, "Client id").fill("keycloak");
  await field(admin, "Client secret").fill("a-secret-of-the-client");
  await admin.getByLabel("Makes accounts").check();
  await admin.getByRole("button", { name: "Add", exact: true }).click();
  const rule = admin.getByRole("group", { name: "No. 1" });
  await field(rule, "Claim").fill("groups");
  await field(rule, "Value").fill("support");
  await pick(admin, rule.getByRole("combobox", { name: /^Role/ }), "Operator");
  await admin.getByRole("button", { name: "Add provider" }).click();
  await address(admin, /identity-providers\/[0-9a-f-]{36}/);
  await heading(admin, "Keycloak");
  await see(admin.getByText("/auth/sso/keycloak/callback"));
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

test("nothing went wrong that nobody expected", () => {
  // The pages of the provider ask for a font on the internet.
  expect(troubles.filter(({ where }) => !where.startsWith("/interaction/"))).toEqual([]);
});
