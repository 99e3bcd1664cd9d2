// Starts a panel with real data and photographs its pages.
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import {
  Api,
  CHINOOK_URL,
  launch,
  loadChinook,
  makeOwner,
  NARROW,
  Panel,
  person,
  see,
  signedIn,
  WIDE,
} from "../harness/index.ts";
import { type Populated, populate } from "../harness/populate.ts";
import { countRequests, settled } from "../harness/settle.ts";
import { DEVELOPER, makeStaff } from "../harness/staff.ts";
import { join as joinAs, makeUser, userIn } from "../harness/users.ts";
import { type Accounts, accountShots, PLAIN, prepareAccounts } from "./account.ts";
import { EVERYTHING, FAULTY, STRANGE } from "./everything-table.ts";
import { type Shot, shots } from "./pages.ts";
import { prepareSso, ssoShots } from "./sso.ts";

interface View {
  scheme: "light" | "dark";
  viewport: { width: number; height: number };
  german?: boolean;
}

const ADMIN = { name: "Mila Meister", email: "mila@northwind.example", password: "copper lantern orchid drizzle" };
const VIEWER = { name: "Vera Viewer", email: "vera@northwind.example", password: "copper lantern orchid drizzle" };

/** Pictures of the guide, by the name of their shot. */
const GUIDE: Record<string, string> = {
  setup: "setup",
  dashboard: "dashboard",
  users: "users-drawer",
  tables: "track-filtered",
  row: "track-row",
  conflict: "track-conflict",
  delete: "artist-delete",
  audit: "audit-entry",
};

const VIEWS: View[] = (["light", "dark"] as const).flatMap((scheme) =>
  [WIDE, NARROW].map((viewport) => ({ scheme, viewport })),
);
/** Long words show in any colours. */
const GERMAN: View[] = [WIDE, NARROW].map((viewport) => ({ scheme: "light", viewport, german: true }));

export async function take(args: string[]): Promise<void> {
  const guide = args.includes("--guide");
  const german = args.includes("--german");
  const given = args.filter((one) => !one.startsWith("--"));
  const [folder, only] = guide ? [join(import.meta.dirname, "../../../docs/images"), undefined] : given;
  if (!folder) throw new Error("Name the folder for the pictures: npm run shots -- FOLDER");
  const into = resolve(folder);
  mkdirSync(into, { recursive: true });
  const chosen = args.find((one) => one.startsWith("--views="))?.slice("--views=".length);
  const views = chosen ? chosen.split(",").map(viewOf) : german ? GERMAN : guide ? VIEWS.slice(0, 1) : VIEWS;
  const panel = await Panel.start("shots");
  const browser = await launch();
  try {
    const name = (shot: string, { scheme, viewport, german: spoken }: View) =>
      join(
        into,
        guide
          ? `${Object.keys(GUIDE).find((key) => GUIDE[key] === shot)}.png`
          : `${shot}-${viewport.width}-${spoken ? "german" : scheme}.png`,
      );
    if (!only || "setup".includes(only))
      for (const view of views) await takeSetup(browser, panel, view, name("setup", view));
    const made = await prepare(browser, panel, guide);
    const wanted = [...shots(made), ...accountShots(made.accounts), ...ssoShots(made.provider)].filter((shot) =>
      guide ? Object.values(GUIDE).includes(shot.name) : !only || new RegExp(only).test(shot.name),
    );
    for (const view of views) {
      const contexts = await people(browser, panel, view, made.accounts);
      for (const shot of wanted) {
        if (shot.wideOnly && view.viewport !== WIDE) continue;
        // Nobody is in the middle of a sign-in that another picture began.
        const context = shot.who === "nobody" ? await stranger(browser, panel, view) : contexts[shot.who ?? "owner"];
        await takeOne(context, panel, shot, name(shot.name, view), view.german);
        if (shot.who === "nobody") await context.close();
      }
      for (const context of Object.values(contexts)) await context.close();
    }
  } finally {
    await browser.close();
    await panel.stop();
  }
}

/** `dark-390`, `german-1440`. */
function viewOf(name: string): View {
  const [look, width] = name.split("-");
  return {
    scheme: look === "dark" ? "dark" : "light",
    viewport: width === "390" ? NARROW : WIDE,
    german: look === "german",
  };
}

function stranger(browser: Browser, panel: Panel, view: View): Promise<BrowserContext> {
  return person(browser, panel.url, optionsOf(view));
}

function optionsOf({ scheme, viewport }: View): BrowserContextOptions {
  return { colorScheme: scheme, viewport, locale: "en-GB" };
}

async function people(
  browser: Browser,
  panel: Panel,
  view: View,
  accounts: Accounts,
): Promise<Record<Exclude<Shot["who"], "nobody" | undefined> | "owner", BrowserContext>> {
  const options = optionsOf(view);
  return {
    owner: await signedIn(browser, panel, undefined, options),
    developer: await signedIn(browser, panel, DEVELOPER, options),
    admin: await userIn(browser, panel, ADMIN, options),
    viewer: await userIn(browser, panel, VIEWER, options),
    grace: await userIn(browser, panel, PLAIN, options),
    hedy: await person(browser, panel.url, { ...options, storageState: accounts.hedy }),
  };
}

async function takeOne(context: BrowserContext, panel: Panel, shot: Shot, file: string, german = false): Promise<void> {
  const page = await context.newPage();
  countRequests(page);
  try {
    await page.goto(shot.path);
    await settled(page);
    await shot.before?.(page, panel);
    if (german) await speak(page, "de");
    if (!shot.busy) await settled(page);
    await picture(page, file);
  } catch (error) {
    process.stderr.write(`${shot.name}: ${error instanceof Error ? error.message.split("\n")[0] : error}\n`);
    await picture(page, file);
  }
  if (german) await speak(page, "en");
  await shot.after?.(page).catch((error) => process.stderr.write(`${shot.name}, afterwards: ${error}\n`));
  await page.close();
}

/** What is done before a picture is told in English; then the language is chosen as in another tab. */
async function speak(page: Page, language: "en" | "de"): Promise<void> {
  const other = await page.context().newPage();
  await other.goto("/favicon.svg");
  await other.evaluate((language) => localStorage.setItem("quarterdeck.language", language), language);
  await page.waitForFunction((language) => document.documentElement.lang === language, language);
  await other.close();
}

async function takeSetup(browser: Browser, panel: Panel, view: View, file: string): Promise<void> {
  const context = await stranger(browser, panel, view);
  const page = await context.newPage();
  await page.goto("/admin");
  await see(page.getByRole("heading", { level: 1 }));
  await picture(page, file);
  await context.close();
}

async function picture(page: Page, file: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: file, animations: "disabled" });
}

/** An owner, forty people, the shop, and something to see in the audit log. */
async function prepare(
  browser: Browser,
  panel: Panel,
  guide: boolean,
): Promise<Populated & { accounts: Accounts; provider: string }> {
  await makeOwner(panel);
  await loadChinook(panel);
  await panel.sql("chinook", `create sequence turn; ${guide ? "" : EVERYTHING + FAULTY + STRANGE}`);
  const owner = await signedIn(browser, panel);
  const made = await populate(owner, panel, { users: 40, source: CHINOOK_URL });
  await makeStaff(owner, panel, "developer", DEVELOPER);
  const api = new Api(owner, panel);
  const [operator] = await api.get("/roles?name=eq.operator&scope=eq.platform");
  await api.post("/restrictions", { network: "127.0.0.0/8", note: "This machine" });
  await api.post("/restrictions", { network: "203.0.113.0/24", note: "Office, Berlin" });
  await api.post("/hours", {
    role_id: operator?.id,
    weekdays: ["mon", "tue", "wed", "thu", "fri"],
    opens: "07:00",
    closes: "19:00",
    time_zone: "Europe/Berlin",
  });
  await api.post("/staff/invite", { email: "olga@example.com", role_id: operator?.id });
  await api.post("/keys", { name: "Nightly report", scopes: ["rows:read", "users:read"], per_minute: 60 });
  const admin = await makeUser(owner, panel, ADMIN);
  const viewer = await makeUser(owner, panel, VIEWER);
  const [second] = await api.get("/organizations?name=eq.Contoso");
  const organization = made.organization;
  await joinAs(owner, panel, admin, organization, "admin", "admin");
  await joinAs(owner, panel, viewer, organization, "viewer", "read_only");
  await joinAs(owner, panel, admin, second?.id ?? "", "viewer", "read_only");
  await api.post("/memberships/invite", { email: "guest@northwind.example", organization_id: organization });
  const people = await api.get("/users?order=name&limit=6");
  const member = (await api.get("/roles?scope=eq.organization&name=eq.member"))[0]?.id;
  for (const { id } of people)
    await api.post("/memberships", { user_id: id, organization_id: made.organization, role_id: member });
  for (const { id } of people.slice(0, 3)) await api.post(`/users/${id}/suspend`);
  await api.patch(`/users/${made.user}`, { metadata: { plan: "enterprise", seats: 12 } });
  await api.patch("/data/chinook/track?track_id=eq.3", {
    composer: "F. Baltes, S. Kaufman, U. Dirkschneider & W. Hoffmann",
    unit_price: "1.29",
  });
  const accounts = await prepareAccounts(browser, panel, owner);
  const provider = await prepareSso(api);
  await owner.close();
  return { ...made, accounts, provider };
}
