// A second member of staff, made the way the pages do it: invited, then accepted.
import type { BrowserContext } from "playwright-core";
import { Api } from "./api.ts";
import type { Panel } from "./panel.ts";
import type { Account } from "./people.ts";

export const DEVELOPER: Account = {
  name: "Dana Developer",
  email: "dana@example.com",
  password: "copper lantern orchid drizzle",
};

/** Invites somebody with a built-in role and accepts for them; `owner` is signed in as one who may. */
export async function makeStaff(owner: BrowserContext, panel: Panel, role: string, account: Account): Promise<void> {
  const api = new Api(owner, panel);
  const [found] = await api.get(`/roles?name=eq.${role}&scope=eq.platform`);
  if (!found) throw new Error(`There is no role ${role}`);
  const { link } = await api.post<{ link: string }>("/staff/invite", { email: account.email, role_id: found.id });
  const answer = await fetch(`${panel.url}/api/v1/invitation`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: tokenOf(link), name: account.name, password: account.password }),
  });
  if (!answer.ok) throw new Error(`Accepting the invitation: ${answer.status} ${await answer.text()}`);
}

/** The secret part of a one-time link, wherever it stands in it. */
export function tokenOf(link: string): string {
  const url = new URL(link);
  const token = url.searchParams.get("token") ?? new URLSearchParams(url.hash.slice(1)).get("token");
  if (!token) throw new Error(`No token in ${link}`);
  return token;
}
