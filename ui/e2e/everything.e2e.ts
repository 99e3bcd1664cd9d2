// Everything there is to see and press, as the owner of the platform and as the admin of an organization: nothing breaks,
// nothing sticks out, nothing keeps anybody out.
import type { BrowserContext, Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { barriersInBoth, LookedAt, overflow } from "./harness/accessibility.ts";
import { OVER, pressEverything } from "./harness/crawl.ts";
import { Faults } from "./harness/faults.ts";
import {
  type Account,
  Api,
  CHINOOK_URL,
  loadChinook,
  NARROW,
  navigationPaths,
  setStage,
  signedIn,
  WIDE,
  watch,
} from "./harness/index.ts";
import { populate } from "./harness/populate.ts";
import { countRequests, settled, turnTo } from "./harness/settle.ts";
import { join, makeUser, userIn } from "./harness/users.ts";

const ADMIN: Account = { name: "Ada Harbour", email: "ada@harbour.example", password: "violet tundra biscuit anchor" };

/** A page, and who looks at it: the owner of the platform, or the admin of an organization. */
interface Place {
  path: string;
  who: "owner" | "admin";
}

const stage = setStage("everything");
let places: Place[];

/** What the navigation of a frame leads to. */
async function navigation(context: BrowserContext, start: string): Promise<string[]> {
  const page = await context.newPage();
  countRequests(page);
  await page.goto(start);
  const found = await navigationPaths(page);
  await page.close();
  return found;
}

beforeAll(async () => {
  await loadChinook(stage.panel);
  const made = await populate(stage.owner, stage.panel, { users: 12, source: CHINOOK_URL });
  const user = await makeUser(stage.owner, stage.panel, ADMIN);
  await join(stage.owner, stage.panel, user, made.organization, "admin", "admin");
  const admin = await userIn(stage.browser, stage.panel, ADMIN);
  const base = `/dashboard/admin/${made.organization}`;
  const [ownerPaths, adminPaths] = await Promise.all([navigation(stage.owner, "/admin"), navigation(admin, base)]);
  const [member] = await new Api(stage.owner, stage.panel).get(`/memberships?email=eq.${ADMIN.email}`);
  const of = (who: Place["who"], paths: string[]) => [...new Set(paths)].map((path) => ({ path, who }));
  places = [
    ...of("owner", [
      ...ownerPaths,
      "/admin/profile",
      "/admin/tables/chinook/advice",
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
    ...of("admin", [
      "/dashboard",
      "/account/organizations",
      ...adminPaths.filter((path) => path.startsWith(base)),
      `${base}/memberships/${member?.id}`,
      `${base}/organizations/${made.organization}`,
    ]),
  ];
});

test("the navigation leads to every page of these rooms", () => {
  const paths = places.map(({ path }) => path.replace(/dashboard\/admin\/[0-9a-f-]{36}/, "dashboard/admin"));
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
      "/dashboard/admin",
      "/dashboard/admin/memberships",
      "/dashboard/admin/member-sessions",
      "/dashboard/admin/security",
      "/dashboard/admin/audit",
    ]),
  );
});

/** A browser of theirs with the start of their part of the panel open. */
async function look(who: Place["who"]): Promise<Page> {
  const { browser, panel } = stage;
  const context = await (who === "owner" ? signedIn(browser, panel) : userIn(browser, panel, ADMIN));
  const page = await context.newPage();
  countRequests(page);
  await page.goto(who === "owner" ? "/admin" : "/dashboard");
  await settled(page);
  return page;
}

// Each page is come to as by a link and then seen in all its forms; loading it anew is what the test after this does.
test("every page has no barrier and no error, in light and dark, and fits", { timeout: 600_000 }, async () => {
  const faults = new Faults();
  const fits = async (page: Page, path: string) => {
    const wide = await overflow(page);
    if (wide) faults.add(`${path} at ${page.viewportSize()?.width}`, wide);
  };
  const turn = async (who: Place["who"]) => {
    const page = await look(who);
    const troubles = watch(page);
    for (const { path } of places.filter((place) => place.who === who)) {
      await page.setViewportSize(WIDE);
      await turnTo(page, path);
      for (const viewport of [WIDE, NARROW]) {
        await page.setViewportSize(viewport);
        const found = await barriersInBoth(page);
        for (const scheme of ["light", "dark"] as const)
          for (const barrier of found[scheme]) faults.add(`${path}, ${scheme}, ${viewport.width}`, barrier);
      }
      await fits(page, path);
      await page.setViewportSize({ width: 320, height: NARROW.height });
      await settled(page);
      await fits(page, path);
    }
    await page.context().close();
    return troubles;
  };
  const [owner, admin] = await Promise.all([turn("owner"), turn("admin")]);
  expect(faults.list()).toEqual([]);
  expect([...owner, ...admin]).toEqual([]);
});

// Both at once, each in a browser of their own: most of the time a page waits for something.
test("every button, tab and switch does something without an error", { timeout: 900_000 }, async () => {
  const faults = new Faults();
  const looked = new LookedAt();
  const press = async (who: Place["who"]) => {
    const page = await look(who);
    // An organization's admin is refused a rule that would lock them out.
    const troubles = watch(page, (status) => who === "admin" && status === 403);
    const frames = new Set<string>();
    let pressed = 0;
    for (const { path } of places.filter((place) => place.who === who)) {
      // The frame around the pages is walked once for each part of the panel.
      const frame = path.startsWith("/dashboard/admin") ? "organization" : (path.split("/")[1] ?? "");
      const part = frames.has(frame) ? "main" : "everything";
      frames.add(frame);
      const visited = await pressEverything(page, path, part, async (what) => {
        // The page below was looked at by the test before.
        for (const barrier of await looked.barriers(page, page.locator(OVER).last())) faults.add(what, barrier);
      });
      pressed += visited.pressed;
    }
    await page.context().close();
    return { troubles, pressed };
  };
  const [owner, admin] = await Promise.all([press("owner"), press("admin")]);
  expect(faults.list()).toEqual([]);
  expect([...owner.troubles, ...admin.troubles]).toEqual([]);
  expect(owner.pressed + admin.pressed).toBeGreaterThan(places.length * 4);
});

test("the pages before signing in have no barrier either", async () => {
  const stranger = await stage.browser.newContext({ baseURL: stage.panel.url, viewport: NARROW, locale: "en-GB" });
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
    expect({ path, ...(await barriersInBoth(page)), wide: await overflow(page) }).toEqual({
      path,
      light: [],
      dark: [],
      wide: null,
    });
  }
  await stranger.close();
});
