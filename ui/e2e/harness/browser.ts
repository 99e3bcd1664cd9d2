// Chromium, and pages that remember everything that went wrong in them.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { PATIENCE } from "./deadline.ts";
import { LOGS } from "./panel.ts";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 390, height: 844 };

export async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ARGUMENTS,
    handleSIGINT: false,
    handleSIGTERM: false,
  });
}

const open = new Set<Page>();

/** A person's browser: cookies of its own, English, in UTC. */
export async function person(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: WIDE,
    locale: "en-GB",
    timezoneId: "UTC",
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  // A table that shows by itself what a test changes behind it is the story of one file, and in the way of the others.
  await context.addInitScript(() => {
    // An empty page has no storage to ask.
    if (!location.protocol.startsWith("http")) return;
    if (localStorage.getItem("quarterdeck.live") === null) localStorage.setItem("quarterdeck.live", "false");
  });
  context.on("page", (page) => {
    open.add(page);
    page.once("close", () => open.delete(page));
  });
  return context;
}

/** Pictures of all open pages, for whoever looks into a failed test. */
export async function picturesOfOpenPages(test: string): Promise<string[]> {
  mkdirSync(LOGS, { recursive: true });
  const name = test.replace(/[^\w]+/g, "-").slice(0, 80);
  const files: string[] = [];
  for (const page of open) {
    const file = join(LOGS, `failed-${name}-${files.length + 1}.png`);
    await page.screenshot({ path: file, timeout: 5_000 }).then(
      () => files.push(file),
      () => undefined,
    );
  }
  return files;
}

export interface Trouble {
  what: string;
  where: string;
}

/**
 * Collects what must not happen unseen: script errors, messages on the console, refused and failed requests.
 * `expected` says which answers belong to the test.
 */
export function watch(page: Page, expected: (status: number, path: string) => boolean = () => false): Trouble[] {
  const troubles: Trouble[] = [];
  const add = (what: string) => troubles.push({ what, where: new URL(page.url()).pathname });
  page.on("pageerror", (error) => add(`script error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    // The library's note on a menu that was closed again before it could take the focus, as a slow machine has it.
    if (message.text().includes("use-focus-trap] Failed to find focusable")) return;
    // The browser's own note on an answer, which is looked at below.
    if (message.text().startsWith("Failed to load resource")) return;
    add(`console ${message.type()}: ${message.text().slice(0, 500)}`);
  });
  page.on("response", (response) => {
    const path = new URL(response.url()).pathname;
    if (response.status() >= 400 && !expected(response.status(), path)) {
      add(`${response.status()} ${response.request().method()} ${path}${new URL(response.url()).search}`);
    }
  });
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "";
    // A page that was left cancels what it was loading.
    if (!why.includes("ERR_ABORTED")) add(`failed ${request.method()} ${new URL(request.url()).pathname}: ${why}`);
  });
  return troubles;
}
