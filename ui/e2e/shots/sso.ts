// Sign-in providers: what staff set up, and what everybody sees of them. None of these is ever asked.
import type { Page } from "playwright-core";
import { type Api, field, see } from "../harness/index.ts";
import type { Shot } from "./pages.ts";

/** A provider of staff with rules, and one of users that their addresses lead to; gives the first one's id. */
export async function prepareSso(api: Api): Promise<string> {
  const role = async (name: string) => (await api.get(`/roles?name=eq.${name}&scope=eq.platform`))[0]?.id;
  const rule = (value: string, role_id?: string) => ({ claim: "groups", value, role_id });
  const made = await api.post("/identity-providers", {
    label: "Keycloak",
    slug: "keycloak",
    account_kind: "staff",
    issuer: "https://login.example.com/realms/main",
    client_id: "quarterdeck",
    client_secret: "never shown",
    create_accounts: true,
    second_factor_values: ["mfa"],
    rules: [rule("platform-admins", await role("dashboard_admin")), rule("support", await role("operator"))],
    default_role_id: await role("developer"),
  });
  await api.post("/identity-providers", {
    label: "Northwind",
    slug: "northwind",
    account_kind: "user",
    issuer: "https://sso.northwind.example",
    client_id: "quarterdeck",
    domains: ["northwind.example"],
  });
  return made.id;
}

async function ruleShown(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await (await see(page.getByRole("group", { name: "No. 1" }))).scrollIntoViewIfNeeded();
}

export function ssoShots(provider: string): Shot[] {
  return [
    { name: "sso-sign-in", path: "/admin/login", who: "nobody" },
    { name: "sso-refused", path: "/admin/login?sso=no-account&provider=Keycloak", who: "nobody" },
    { name: "sso-address-first", path: "/auth/login", who: "nobody" },
    {
      name: "sso-routed",
      path: "/auth/login",
      who: "nobody",
      before: async (page) => {
        await field(page, "E-mail").fill("vera@northwind.example");
        await page.getByRole("button", { name: "Continue", exact: true }).click();
        await see(page.getByRole("button", { name: "Continue with Northwind" }).first());
      },
    },
    { name: "sso-providers", path: "/admin/identity-providers" },
    { name: "sso-provider", path: `/admin/identity-providers/${provider}` },
    { name: "sso-provider-new", path: "/admin/identity-providers/new" },
    { name: "sso-provider-rules", path: "/admin/identity-providers/new", before: ruleShown },
    {
      name: "sso-connections",
      path: "/admin/profile/security",
      before: async (page) => {
        await (await see(page.getByRole("button", { name: "Connect Keycloak" }))).scrollIntoViewIfNeeded();
      },
    },
    { name: "sso-not-proved", path: "/auth/proved?sso=not-proved&provider=Keycloak", who: "nobody" },
  ];
}
