// What every path begins with: the first administrator, and a browser that is signed in.
import type { Browser, BrowserContext, BrowserContextOptions } from "playwright-core";
import { person } from "./browser.ts";
import type { Panel } from "./panel.ts";

export interface Account {
  name: string;
  email: string;
  password: string;
}

export const OWNER: Account = {
  name: "Erika Mustermann",
  email: "erika@example.com",
  password: "violet tundra biscuit anchor",
};

/** Creates the first administrator the way a script does. */
export async function makeOwner(panel: Panel, owner: Account = OWNER): Promise<void> {
  await panel.run(["setup", "--email", owner.email, "--name", owner.name, "--password-stdin"], `${owner.password}\n`);
}

/** A browser that is signed in already; signing in itself is tested elsewhere. */
export async function signedIn(
  browser: Browser,
  panel: Panel,
  account: Account = OWNER,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await person(browser, panel.url, options);
  const answer = await context.request.post(`${panel.url}/api/v1/session`, {
    data: { email: account.email, password: account.password },
    headers: { Origin: panel.url },
  });
  if (!answer.ok()) throw new Error(`Signing in as ${account.email}: ${answer.status()} ${await answer.text()}`);
  return context;
}
