// App users of the platform that is administered, made the way staff do it.
import type { Browser, BrowserContext, BrowserContextOptions } from "playwright-core";
import { Api } from "./api.ts";
import { person } from "./browser.ts";
import type { Panel } from "./panel.ts";
import type { Account } from "./people.ts";
import { tokenOf } from "./staff.ts";

export const GRACE: Account = {
  name: "Grace Hopper",
  email: "grace@example.com",
  password: "quiet meadow lantern copper",
};

/** Makes a user with a password; `owner` is signed in as staff who may. Gives the user's id. */
export async function makeUser(owner: BrowserContext, panel: Panel, account: Account = GRACE): Promise<string> {
  const api = new Api(owner, panel);
  const { id } = await api.post("/users", { email: account.email, name: account.name });
  const { link } = await api.post<{ link: string }>(`/users/${id}/reset-link`);
  const answer = await fetch(`${panel.url}/api/v1/password-reset`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: tokenOf(link), password: account.password }),
  });
  if (!answer.ok) throw new Error(`Setting a password: ${answer.status} ${await answer.text()}`);
  return id;
}

/** Makes a user a member of an organization with a built-in role. */
export async function join(
  owner: BrowserContext,
  panel: Panel,
  user: string,
  organization: string,
  role: string,
  level = "admin",
): Promise<void> {
  const api = new Api(owner, panel);
  const [found] = await api.get(`/roles?name=eq.${role}&scope=eq.organization`);
  await api.post("/memberships", {
    user_id: user,
    organization_id: organization,
    role_id: found?.id,
    level,
  });
}

/** The browser of a user who is signed in already. */
export async function userIn(
  browser: Browser,
  panel: Panel,
  account: Account = GRACE,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await person(browser, panel.url, options);
  const answer = await context.request.post(`${panel.url}/api/v1/account/session`, {
    data: { email: account.email, password: account.password },
    headers: { Origin: panel.url },
  });
  if (!answer.ok()) throw new Error(`Signing in as ${account.email}: ${answer.status()} ${await answer.text()}`);
  return context;
}
