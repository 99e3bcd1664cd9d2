// A real OpenID Connect provider on this machine, with its own login pages. Made ready by scripts/setup-oidc.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Page } from "playwright-core";
import { ROOT } from "./panel.ts";

export class OidcServer {
  readonly issuer: string;
  private readonly process: ChildProcess;

  private constructor(issuer: string, process: ChildProcess) {
    this.issuer = issuer;
    this.process = process;
  }

  /** `told` is described in scripts/oidc/server.mjs. */
  static async start(told: Record<string, unknown>): Promise<OidcServer> {
    const script = execFileSync(`${ROOT}/scripts/setup-oidc`, { encoding: "utf8" }).trim();
    const child = spawn("node", [script, JSON.stringify(told)], { stdio: ["pipe", "pipe", "ignore"] });
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    return new OidcServer((JSON.parse(line) as { issuer: string }).issuer, child);
  }

  stop(): void {
    this.process.kill();
  }

  /** Signs in in a window that is closed or led on as soon as the provider is satisfied. */
  async proveAgain(page: Page, login: string): Promise<void> {
    await page.locator('input[name="login"]').fill(login);
    await page.locator('input[name="password"]').fill("any");
    await page.getByRole("button", { name: "Sign-in" }).click();
    // Whoever it knows by then it asks for nothing more.
    const consent = page.getByRole("button", { name: "Continue", exact: true });
    await consent.click({ timeout: 5_000 }).catch(() => undefined);
  }

  /** Signs in on the page of the provider, and allows the panel to see it where it asks. */
  async signIn(page: Page, login: string): Promise<void> {
    await page.locator('input[name="login"]').fill(login);
    await page.locator('input[name="password"]').fill("any");
    await page.getByRole("button", { name: "Sign-in" }).click();
    const consent = page.getByRole("button", { name: "Continue", exact: true });
    const away = page.waitForURL((url) => !url.href.startsWith(this.issuer), { waitUntil: "commit" });
    // Whom it knows already it sends back at once.
    const asks = consent.waitFor().then(
      () => true,
      () => false,
    );
    if (await Promise.race([asks, away.then(() => false)])) await consent.click();
    await away;
  }
}
