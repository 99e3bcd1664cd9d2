// Everything there is to see and press, as the owner: nothing breaks, nothing sticks out, nothing keeps anybody out.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriers, overflow } from "./harness/accessibility.ts";
import { pressEverything } from "./harness/crawl.ts";
import { Faults } from "./harness/faults.ts";
import {
  CHINOOK_URL,
  launch,
  loadChinook,
  makeOwner,
  NARROW,
  Panel,
  see,
  signedIn,
  WIDE,
  watch,
} from "./harness/index.ts";
import { populate } from "./harness/populate.ts";
import { countRequests, settled } from "./harness/settle.ts";

let panel: Panel;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let paths: string[];

beforeAll(async () => {
  panel = await Panel.start("everything");
  browser = await launch();
  await makeOwner(panel);
  await loadChinook(panel);
  context = await signedIn(browser, panel);
  const made = await populate(context, panel, { users: 12, source: CHINOOK_URL });
  page = await context.newPage();
  countRequests(page);
  await page.goto("/admin");
  const navigation = await see(page.getByRole("navigation", { name: "Main navigation" }));
  const links = await navigation
    .getByRole("link")
    .evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
  paths = [
    ...new Set([
      ...links,
      "/admin/profile",
      "/admin/users/new",
      `/admin/users/${made.user}`,
      `/admin/users?row=${made.user}`,
      `/admin/organizations/${made.organization}`,
      `/admin/sources/${made.source}`,
      "/admin/users?search=nobody-is-called-this",
      "/admin/tables/chinook/public/track",
      "/admin/tables/chinook/public/track?row=1",
      "/admin/tables/chinook/public/track?tab=structure",
      "/admin/tables/chinook/public/playlist_track",
      "/admin/tables/main/dashboard_auth/dashboard_users",
      "/admin/no-such-page",
    ]),
  ];
});

afterAll(async () => {
  await browser?.close();
  await panel?.stop();
});

test("the navigation leads to every page of these rooms", () => {
  expect(paths).toEqual(
    expect.arrayContaining([
      "/admin",
      "/admin/tables",
      "/admin/users",
      "/admin/organizations",
      "/admin/staff",
      "/admin/roles",
      "/admin/sources",
      "/admin/audit",
      "/admin/settings",
    ]),
  );
});

describe.each([
  { scheme: "light", size: "wide", viewport: WIDE },
  { scheme: "dark", size: "wide", viewport: WIDE },
  { scheme: "light", size: "narrow", viewport: NARROW },
  { scheme: "dark", size: "narrow", viewport: NARROW },
] as const)("every page, $scheme and $size", ({ scheme, viewport }) => {
  test("has no barrier, no error and fits", async () => {
    const one = await signedIn(browser, panel, undefined, { colorScheme: scheme, viewport });
    const page = await one.newPage();
    countRequests(page);
    const troubles = watch(page);
    const faults = new Faults();
    for (const path of paths) {
      await page.goto(path);
      await settled(page);
      for (const barrier of await barriers(page)) faults.add(path, barrier);
      if (viewport === NARROW) {
        for (const width of [NARROW.width, 320]) {
          await page.setViewportSize({ width, height: NARROW.height });
          await settled(page);
          const wide = await overflow(page);
          if (wide) faults.add(`${path} at ${width}`, wide);
        }
        await page.setViewportSize(NARROW);
      }
    }
    await one.close();
    expect(faults.list()).toEqual([]);
    expect(troubles).toEqual([]);
  });
});

test("every button, tab and switch does something without an error", { timeout: 900_000 }, async () => {
  const troubles = watch(page);
  const faults = new Faults();
  let pressed = 0;
  for (const path of paths) {
    const visited = await pressEverything(page, path, path === "/admin" ? "everything" : "main", async (what) => {
      for (const barrier of await barriers(page)) faults.add(what, barrier);
    });
    pressed += visited.pressed;
  }
  expect(faults.list()).toEqual([]);
  expect(troubles).toEqual([]);
  expect(pressed).toBeGreaterThan(paths.length * 5);
});

test("the pages before signing in have no barrier either", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    const stranger = await browser.newContext({ baseURL: panel.url, colorScheme, viewport: NARROW, locale: "en-GB" });
    const page = await stranger.newPage();
    countRequests(page);
    for (const path of [
      "/admin/login",
      "/admin/login?next=%2Fadmin%2Fusers",
      "/auth/staff-invite",
      "/auth/login",
      "/auth/register",
      "/auth/reset",
      "/auth/reset?token=unknown",
      "/auth/verify?token=unknown",
      "/auth/magic",
    ]) {
      await page.goto(path);
      await settled(page);
      expect({ path, barriers: await barriers(page), wide: await overflow(page) }).toEqual({
        path,
        barriers: [],
        wide: null,
      });
    }
    await stranger.close();
  }
});
