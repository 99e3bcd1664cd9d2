// What goes wrong on a bad day: each time the page says what, why and what to do, and nothing is lost.
import type { BrowserContext, Page } from "playwright-core";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  address,
  CHINOOK_URL,
  field,
  Grid,
  heading,
  loadChinook,
  OWNER,
  person,
  says,
  see,
  setStage,
  signedIn,
  type Trouble,
  until,
  watch,
} from "./harness/index.ts";
import { populate } from "./harness/populate.ts";
import { DEVELOPER, makeStaff } from "./harness/staff.ts";

const TRACK = "/admin/tables/chinook/public/track";

const stage = setStage("bad-day");
let context: BrowserContext;
let page: Page;
let troubles: Trouble[];

beforeAll(async () => {
  await loadChinook(stage.panel);
  await populate(stage.owner, stage.panel, { users: 3, source: CHINOOK_URL });
  await makeStaff(stage.owner, stage.panel, "developer", DEVELOPER);
  await stage.owner.close();
});

beforeEach(async () => {
  // Not after each: pictures of a failed test are taken of what is still open.
  await context?.close();
  context = await signedIn(stage.browser, stage.panel);
  page = await context.newPage();
  troubles = watch(page, (status) => status < 500 || status === 503);
});

/** Script errors, which no bad address and no refused request may cause. */
const scriptErrors = () => troubles.filter((one) => /script error|^5\d\d(?<!503)/.test(one.what));

describe("addresses", () => {
  test.each([
    ["a broken filter", "/admin/users?filter=((("],
    ["SQL in the sort", "/admin/users?order=name;drop%20table%20auth.users"],
    ["an unknown sort column", "/admin/users?order=nonsense.desc"],
    ["nonsense columns", "/admin/users?cols=%00;;;width=x:y"],
    ["an id that is none", "/admin/users/not-an-id"],
    ["a row that is none", "/admin/users?row=%27%20or%201=1"],
    ["a collection that is none", "/admin/nonsense"],
    ["an address that is none", "/admin/users/a/b/c/d"],
    ["half an escape", "/admin/users/%E0%A4%A"],
    ["a source that is none", "/admin/tables/nowhere/public/track"],
    ["a broken table filter", `${TRACK}?filter=track_id.eq.((`],
    ["a broken key", `${TRACK}?row=1,2,3`],
  ])("%s leaves a page that can be used", async (_name, path) => {
    await page.goto(path);
    const main = page.getByRole("main");
    await until("the page shows something", async () => ((await main.textContent()) ?? "").trim().length > 10);
    await see(page.getByRole("link", { name: "Quarterdeck" }).or(page.getByRole("link", { name: "Dashboard" })));
    expect(scriptErrors()).toEqual([]);
  });

  test("another site can't be the place to go on to", async () => {
    const stranger = await person(stage.browser, stage.panel.url);
    const login = await stranger.newPage();
    await login.goto("/admin/login?next=https%3A%2F%2Fevil.example%2F");
    await field(login, "E-mail").fill(OWNER.email);
    await field(login, "Password").fill(OWNER.password);
    await login.getByRole("button", { name: "Sign in", exact: true }).click();
    await heading(login, /Hello/);
    expect(new URL(login.url()).origin).toBe(stage.panel.url);
    await stranger.close();
  });
});

describe("tables that go away", () => {
  test("an unknown source says so and leads back to one that is there", async () => {
    await page.goto("/admin/tables/nowhere/public/track");
    await see(page.getByText("nowhere is not there"));
    await page.getByRole("button", { name: "All tables" }).click();
    await address(page, /\/admin\/tables$/);
    await heading(page, "Tables");
  });

  test("an unknown table says so and leads back", async () => {
    await page.goto("/admin/tables/chinook/public/no_such_table");
    await see(page.getByText(/no_such_table/).first());
    const back = { name: "All tables" };
    await page.getByRole("link", back).or(page.getByRole("button", back)).click();
    await address(page, "/admin/tables");
  });

  test("a table dropped while its page is open says so", async () => {
    await stage.panel.sql(
      "chinook",
      "create table short_lived (id int primary key, note text); insert into short_lived values (1, 'here')",
    );
    await page.goto("/admin/tables/chinook/public/short_lived");
    const grid = new Grid(page);
    await grid.settled();
    await stage.panel.sql("chinook", "drop table short_lived");
    await page.getByRole("button", { name: "Refresh" }).click();
    await see(
      page
        .getByRole("main")
        .getByText(/short_lived/)
        .first(),
    );
    await see(
      page
        .getByRole("main")
        .getByRole("status")
        .filter({ hasText: /dropped|not there|no longer|gone/i }),
    );
    expect(scriptErrors()).toEqual([]);
  });

  test("a column dropped while its page is open doesn't break the edit", async () => {
    await stage.panel.sql(
      "chinook",
      "create table shrinking (id int primary key, note text, other text); insert into shrinking values (1, 'here', 'x')",
    );
    await page.goto("/admin/tables/chinook/public/shrinking");
    const grid = new Grid(page);
    await grid.settled();
    await stage.panel.sql("chinook", "alter table shrinking drop column note");
    const input = await grid.edit(1, "note");
    await input.fill("changed");
    await input.press("Enter");
    await see(page.getByRole("alert").filter({ hasText: /column/i }));
    expect(scriptErrors()).toEqual([]);
  });
});

describe("people whose rights end", () => {
  test("a session ended elsewhere leads to the sign-in page and back to the same view", async () => {
    await page.goto("/admin/users?search=lovelace");
    const grid = new Grid(page);
    await grid.settled();
    await stage.panel.run([
      "psql",
      "-Xqc",
      "update dashboard_auth.sessions set revoked_at = now(), revoked_reason = 'test' where revoked_at is null",
    ]);
    // Another node's word counts here within a second.
    await expect
      .poll(async () => (await (await page.request.get(`${stage.panel.url}/api/v1/session`)).json()).state, {
        timeout: 10_000,
      })
      .toBe("signed_out");
    await page.getByRole("link", { name: "Staff", exact: true }).click();
    await heading(page, "Sign in");
    await address(page, /login\?next=/);
    await field(page, "E-mail").fill(OWNER.email);
    await field(page, "Password").fill(OWNER.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await heading(page, "Staff");
  });

  test("a page without the permission names it and who can grant it", async () => {
    const developer = await signedIn(stage.browser, stage.panel, DEVELOPER);
    const theirs = await developer.newPage();
    await theirs.goto("/admin/users/new");
    await see(theirs.getByText("You don't have access to this"));
    await see(theirs.getByText("users:create"));
    await developer.close();
  });
});

describe("answers that don't come", () => {
  test("no network: says so, and goes on after a retry", async () => {
    await page.goto("/admin");
    await heading(page, /Hello/);
    await page.route("**/api/v1/users?**", (route) => route.abort("internetdisconnected"));
    await page.getByRole("link", { name: "Users", exact: true }).first().click();
    await see(page.getByText("The server can't be reached"), 30_000);
    await page.unroute("**/api/v1/users?**");
    await page.getByRole("button", { name: "Try again" }).click();
    await new Grid(page).settled();
  });

  test("an error of the server shows the id to ask for help with", async () => {
    const id = "4bf92f3577b34da6a3ce929d0e0e4736";
    const problem = { type: "/problems/internal", title: "Something went wrong here", status: 500, request_id: id };
    await page.route("**/api/v1/users?**", (route) =>
      route.fulfill({
        status: 500,
        contentType: "application/problem+json",
        headers: { "X-Request-Id": id },
        json: problem,
      }),
    );
    await page.goto("/admin/users");
    await see(page.getByText("Something went wrong on the server"), 30_000);
    await see(page.getByText(id));
    await page.unroute("**/api/v1/users?**");
    await page.getByRole("button", { name: "Try again" }).click();
    await new Grid(page).settled();
  });

  test("a database that is away: says so, and comes back by itself", async () => {
    const problem = {
      type: "/problems/unavailable",
      title: "Not available right now",
      status: 503,
      detail: "The database can't be reached",
    };
    await page.route("**/api/v1/users?**", (route) =>
      route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        headers: { "Retry-After": "1" },
        json: problem,
      }),
    );
    await page.goto("/admin/users");
    await see(page.getByText("The server is busy or its database is away"), 30_000);
    await page.unroute("**/api/v1/users?**");
    await new Grid(page).settled();
  });

  test("PostgreSQL killed: nothing is lost and the page comes back by itself", async () => {
    await page.goto(TRACK);
    await new Grid(page).settled();
    stage.panel.killPostgres();
    await page.getByRole("link", { name: "Users", exact: true }).first().click();
    await see(page.getByText(/database is away|can't be reached|doesn't answer/i).or(page.getByRole("grid")));
    await until("the panel is ready again", () => stage.panel.ready(), 60_000);
    // Nothing is pressed: the page asks again by itself.
    await new Grid(page).settled();
    await says(page.getByRole("grid"), "Ada Lovelace");
    expect(scriptErrors()).toEqual([]);
  });
});

describe("after an upgrade", () => {
  /** Without pointing at it first, which would load its file ahead of time. */
  const go = (name: string) =>
    page.getByRole("link", { name, exact: true }).evaluate((link: HTMLElement) => link.click());

  test("a page whose file is gone is loaded anew, once", async () => {
    await page.goto("/admin/users");
    await new Grid(page).settled();
    // Gone for this page, and there again for the next: the browser asks for a file ahead of time and once more.
    let gone = true;
    page.on("request", (request) => {
      if (request.isNavigationRequest()) gone = false;
    });
    await page.route(/\/assets\/settings-[^/]*\.js$/, (route) =>
      gone ? route.fulfill({ status: 404, body: "" }) : route.continue(),
    );
    let loads = 0;
    page.on("load", () => {
      loads += 1;
    });
    await go("Settings");
    await heading(page, "Settings");
    await address(page, /\/admin\/settings$/);
    await expect.poll(() => loads).toBe(1);
  });

  test("a file that stays away ends in a page that says so, not in a circle", async () => {
    await page.goto("/admin/users");
    await new Grid(page).settled();
    await page.route(/\/assets\/settings-[^/]*\.js$/, (route) => route.fulfill({ status: 404, body: "" }));
    await go("Settings");
    await see(page.getByRole("button", { name: "Reload the page" }));
  });
});
