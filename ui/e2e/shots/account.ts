// One's own account and the steps of a sign-in, with people who have something to see there.
import type { Browser, BrowserContext, Page } from "playwright-core";
import {
  type Account,
  Api,
  addAuthenticator,
  codeOf,
  field,
  heading,
  type Panel,
  pick,
  see,
} from "../harness/index.ts";
import { tokenOf } from "../harness/staff.ts";
import { GRACE, join, makeUser, userIn } from "../harness/users.ts";
import type { Shot } from "./pages.ts";

/** Has a passkey, an app and a key; signed in once, because a code counts once. */
const HEDY: Account = { name: "Hedy Lamarr", email: "hedy@example.org", password: "frequency hopping orchid tea" };
/** Has a password and nothing more. */
export const PLAIN: Account = { ...GRACE, email: "grace@example.org" };
/** Staff whose role asks for a second step that they don't have. */
const RITA: Account = { name: "Rita Levi", email: "rita@example.com", password: "nerve growth lantern copper" };

export interface Accounts {
  /** The browser of somebody with everything. */
  hedy: Awaited<ReturnType<BrowserContext["storageState"]>>;
  key: string;
  invitation: string;
  secret: string;
}

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first();

export async function prepareAccounts(browser: Browser, panel: Panel, owner: BrowserContext): Promise<Accounts> {
  const api = new Api(owner, panel);
  const { id: organization } = await api.post("/organizations", { name: "Analytical Engines" });
  await makeUser(owner, panel, PLAIN);
  const user = await makeUser(owner, panel, HEDY);
  await join(owner, panel, user, organization, "admin");
  const { id: role } = await api.post("/roles", {
    scope: "platform",
    name: "night_shift",
    label: "Night shift",
    permissions: ["users:read"],
  });
  const invited = await api.post<{ link: string }>("/staff/invite", { email: RITA.email, role_id: role });
  await fetch(`${panel.url}/api/v1/invitation`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: tokenOf(invited.link), name: RITA.name, password: RITA.password }),
  });
  await api.post(`/roles/${role}/set-rules`, { second_factor: true });
  const [member] = await api.get("/roles?name=eq.member&scope=eq.organization");
  const guest = await api.post<{ link: string }>("/users/invite", {
    email: "guest@example.org",
    organization_id: organization,
    role_id: member?.id,
  });
  const context = await userIn(browser, panel, HEDY);
  await userIn(browser, panel, HEDY, {
    userAgent:
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
  });
  await userIn(browser, panel, HEDY, {
    userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
  });
  const secret = await enrol(context, panel);
  const own = new Api(context, panel);
  const key = await own.post<{ id: string; key: string }>("/account/keys", {
    name: "Nightly report",
    organization_id: organization,
    scopes: ["organizations:read", "memberships:read"],
    networks: ["203.0.113.0/24", "127.0.0.0/8", "::1"],
  });
  const headers = { Authorization: `Bearer ${key.key}` };
  for (const path of ["/organizations", "/memberships", "/staff"])
    await fetch(`${panel.url}/api/v1${path}`, { headers });
  const hedy = await context.storageState();
  await context.close();
  return {
    hedy,
    key: key.id,
    invitation: new URL(guest.link).pathname + new URL(guest.link).search + new URL(guest.link).hash,
    secret,
  };
}

/** An authenticator app and a passkey, set up on the page. */
async function enrol(context: BrowserContext, panel: Panel): Promise<string> {
  const page = await context.newPage();
  await addAuthenticator(page);
  await page.goto(`${panel.url}/account/security`);
  await button(page, "Add a passkey").click();
  await page.getByLabel("I have kept them").check();
  await button(page, "Done").click();
  await button(page, "Add an authenticator app").click();
  const secret = ((await page.locator("[data-secret]").textContent()) ?? "").replace(/\s/g, "");
  await field(page, "Name").fill("Work phone");
  await field(page, "Code of your authenticator app").fill(codeOf(secret, -1));
  await button(page, "Confirm and add").click();
  await see(page.getByText("Work phone"));
  await page.close();
  return secret;
}

async function enter(page: Page, who: Account) {
  await field(page, "E-mail").fill(who.email);
  // The address comes first where some come in by their provider.
  const first = page.getByRole("button", { name: "Continue", exact: true });
  if (await first.isVisible()) await first.click();
  await field(page, "Password").fill(who.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** The server asks again who sits there. */
async function stepUp(page: Page, panel: Panel) {
  await panel.sql("quarterdeck", "update auth.sessions set proved_at = proved_at - interval '1 hour'");
  await page.waitForTimeout(1_100);
  await button(page, "Add an authenticator app").click();
  await see(page.getByRole("dialog", { name: "Confirm that it is you" }));
}

export function accountShots(made: Accounts): Shot[] {
  const hedy = { who: "hedy" } as const;
  const grace = { who: "grace" } as const;
  return [
    { name: "user-sign-in", path: "/auth/login", who: "nobody" },
    {
      name: "second-step",
      path: "/auth/login",
      who: "nobody",
      before: async (page) => {
        await enter(page, HEDY);
        await heading(page, "Confirm that it is you");
      },
    },
    {
      name: "second-step-refused",
      path: "/auth/login",
      who: "nobody",
      before: async (page) => {
        await enter(page, HEDY);
        await button(page, "Use the authenticator app").click();
        await field(page, "Code of your authenticator app").fill("000000");
        await see(page.getByRole("alert"));
      },
    },
    {
      name: "enrolment",
      path: "/admin/login",
      who: "nobody",
      before: async (page) => {
        await enter(page, RITA);
        await see(page.getByRole("img", { name: /QR code/ }));
      },
    },
    { name: "user-invitation", path: made.invitation, who: "nobody" },
    { name: "account", path: "/account", ...hedy },
    { name: "account-password", path: "/account/password", ...hedy },
    { name: "account-security", path: "/account/security", ...hedy },
    { name: "account-security-open", path: "/account/security", ...grace },
    {
      name: "account-app",
      path: "/account/security",
      ...grace,
      before: async (page) => {
        await button(page, "Add an authenticator app").click();
        await see(page.getByRole("img", { name: /QR code/ }));
      },
    },
    {
      name: "account-codes",
      path: "/account/security",
      who: "developer",
      before: async (page) => {
        await page.goto("/admin/profile/security");
        await button(page, "Add an authenticator app").click();
        const secret = ((await page.locator("[data-secret]").textContent()) ?? "").replace(/\s/g, "");
        await field(page, "Code of your authenticator app").fill(codeOf(secret));
        await button(page, "Confirm and add").click();
        await see(page.getByRole("list", { name: "Recovery codes" }));
        const own = new Api(page.context(), { url: new URL(page.url()).origin } as Panel);
        const { factors } = await own.get<{ factors: { id: string }[] }>("/profile/factors");
        for (const one of factors) {
          await page.context().request.delete(`${new URL(page.url()).origin}/api/v1/profile/factors/${one.id}`, {
            headers: { Origin: new URL(page.url()).origin },
          });
        }
      },
    },
    {
      name: "account-remove",
      path: "/account/security",
      ...hedy,
      before: (page) => button(page, "Remove Work phone").click(),
    },
    { name: "step-up", path: "/account/security", ...hedy, before: stepUp, busy: true },
    { name: "step-up-password", path: "/account/security", ...grace, before: stepUp, busy: true },
    { name: "account-sessions", path: "/account/sessions", ...hedy },
    { name: "account-keys", path: "/account/keys", ...hedy },
    { name: "account-keys-none", path: "/account/keys", ...grace },
    { name: "account-key", path: `/account/keys/${made.key}`, ...hedy },
    {
      name: "account-key-new",
      path: "/account/keys/new",
      ...hedy,
      before: async (page) => {
        await field(page, "Name").fill("Invoices to accounting");
        await pick(page, field(page, "What it may do").first(), "memberships:read");
        await page.keyboard.press("Escape");
      },
    },
    { name: "profile-security", path: "/admin/profile/security" },
    { name: "profile-sessions", path: "/admin/profile/sessions" },
    { name: "profile-password", path: "/admin/profile/password" },
    {
      name: "palette-actions",
      path: "/admin/users",
      before: async (page) => {
        await page.keyboard.press("Control+k");
        await page.getByPlaceholder("Search people, tables, pages").fill("invite");
        await see(page.getByRole("button", { name: /Invite/ }).first());
      },
    },
  ];
}
