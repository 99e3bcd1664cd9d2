// Chromium as the bench uses it: one process, pages of somebody who is signed in.
import { statSync } from "node:fs";
import { createRequire } from "node:module";

export const ui = new URL("../../ui/", import.meta.url);
const { chromium } = createRequire(ui)("playwright-core");

const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

function executable() {
  return ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => {
    try {
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

/** Gives a browser to `use` and closes it whatever comes of that. */
export async function withBrowser(use) {
  const browser = await chromium.launch({ executablePath: executable(), args: ARGUMENTS });
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

/** A window of the administrator's. */
export async function signedIn(browser, panel) {
  const context = await browser.newContext({ baseURL: panel.url, viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "UTC" });
  const answer = await context.request.post("/api/v1/session", { data: panel.account, headers: { Origin: panel.url } });
  if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
  return context;
}
