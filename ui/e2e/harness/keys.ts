// An API key for scripts, made on the command line as the README says.
import type { Panel } from "./panel.ts";
import { type Account, OWNER } from "./people.ts";

/** Signs the command line in; it keeps a profile in the panel's own home. */
export async function login(panel: Panel, account: Account = OWNER): Promise<void> {
  await panel.run(["login", "--url", panel.url, "--email", account.email, "--password-stdin"], `${account.password}\n`);
}

/** A key with these permissions; `login` must have been called before. */
export async function makeKey(panel: Panel, scopes: string[]): Promise<string> {
  const printed = await panel.run([
    "keys",
    "create",
    "--name",
    "Browser tests",
    ...scopes.flatMap((scope) => ["--scope", scope]),
    "-o",
    "json",
  ]);
  const { key } = JSON.parse(printed) as { key: string };
  if (!key?.startsWith("qd_")) throw new Error("The command printed no key");
  return key;
}
