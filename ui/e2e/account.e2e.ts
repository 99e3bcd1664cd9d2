// One's own account, behind both doors: password, sessions, authenticator app, recovery codes, passkeys, and proving
// again who sits there. Passkeys are made and shown by Chromium's own authenticator.
import type { BrowserContext, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { barriers, barriersInBoth, overflow } from "./harness/accessibility.ts";
import {
  type Account,
  Api,
  addAuthenticator,
  address,
  codeOf,
  field,
  gone,
  heading,
  NARROW,
  note,
  person,
  says,
  see,
  setStage,
  signedIn,
  stepByStep,
  type Trouble,
  until,
  WIDE,
  watch,
} from "./harness/index.ts";
import { countRequests, settled, turnTo } from "./harness/settle.ts";
import { DEVELOPER, makeStaff } from "./harness/staff.ts";
import { GRACE, makeUser, userIn } from "./harness/users.ts";

interface Door {
  who: Account;
  account: string;
  signIn: string;
  home: RegExp;
  session: string;
  own: string;
  /** Where sessions lie. */
  table: string;
  enter: (who: Account, userAgent?: string) => Promise<BrowserContext>;
}

const stage = setStage("account");

const DOORS: Record<"user" | "staff", Door> = {
  user: {
    who: GRACE,
    account: "/account",
    signIn: "/auth/login",
    home: /\/(dashboard|account)/,
    session: "/account/session",
    own: "/account",
    table: "auth.sessions",
    enter: (who, userAgent) => userIn(stage.browser, stage.panel, who, userAgent ? { userAgent } : {}),
  },
  staff: {
    who: DEVELOPER,
    account: "/admin/profile",
    signIn: "/admin/login",
    home: /\/admin$/,
    session: "/session",
    own: "/profile",
    table: "dashboard_auth.sessions",
    enter: (who, userAgent) => signedIn(stage.browser, stage.panel, who, userAgent ? { userAgent } : {}),
  },
};

beforeAll(async () => {
  await makeStaff(stage.owner, stage.panel, "developer", DEVELOPER);
  await makeUser(stage.owner, stage.panel);
});

describe.each(["user", "staff"] as const)("the account of %s", (kind) => {
  const door = DOORS[kind];
  const who = { ...door.who };
  let context: BrowserContext;
  let page: Page;
  let troubles: Trouble[];
  let secret = "";
  let codes: string[] = [];
  let keptCode = "";

  stepByStep();

  beforeAll(async () => {
    context = await door.enter(who);
    page = await context.newPage();
    countRequests(page);
    troubles = watch(page, (status) => [401, 403, 422].includes(status));
  });

  const at = (path = "") => `${door.account}${path}`;
  const button = (name: string | RegExp) => page.getByRole("button", { name, exact: typeof name === "string" });
  const dialog = (name: string | RegExp) => page.getByRole("dialog", { name });
  const code = () => field(page, "Code of your authenticator app");
  const state = async (of: BrowserContext) =>
    (await new Api(of, stage.panel).get<{ state: string }>(door.session)).state;
  const factors = () =>
    new Api(context, stage.panel).get<{ factors: unknown[]; recovery_codes_left: number }>(`${door.own}/factors`);

  async function signInAgain() {
    await context.clearCookies();
    await page.goto(door.signIn);
    await heading(page, "Sign in");
    await field(page, "E-mail").fill(who.email);
    await field(page, "Password").fill(who.password);
    await button("Sign in").click();
  }

  /** Until the server asks again who sits there: the sign-in was a while ago. */
  async function growOld() {
    await stage.panel.sql("quarterdeck", `update ${door.table} set proved_at = proved_at - interval '11 minutes'`);
    const api = new Api(context, stage.panel);
    await until("The proof is old", async () => {
      const { proved_at } = await api.get<{ proved_at: string }>(door.session);
      return Date.parse(proved_at) < Date.now() - 600_000;
    });
  }

  async function keepCodes(): Promise<string[]> {
    const shown = await see(dialog("Recovery codes"));
    const found = await shown.getByRole("list", { name: "Recovery codes" }).getByRole("listitem").allTextContents();
    const done = shown.getByRole("button", { name: "Done" });
    expect(await done.isDisabled()).toBe(true);
    for (const way of ["Copy", "Download", "Print"]) await see(shown.getByRole("button", { name: way }));
    await shown.getByLabel("I have kept them").check();
    await done.click();
    await gone(dialog("Recovery codes"));
    return found;
  }

  test("a new password ends the sessions elsewhere", async () => {
    const other = await door.enter(who);
    await page.goto(at("/password"));
    await heading(page, "Password");
    await field(page, "New password").fill("password");
    await button("Change password").click();
    await says(page.getByRole("alert"), /character|tried first/);
    who.password = "another violet tundra anchor";
    await field(page, "New password").fill(who.password);
    await button("Change password").click();
    await see(note(page, "Your new password is set"));
    expect(await state(other)).toBe("signed_out");
    expect(await state(context)).toBe("signed_in");
    await other.close();
  });

  test("a session elsewhere is told by its device and ended at once", async () => {
    const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
    const other = await door.enter(who, firefox);
    await page.goto(at("/sessions"));
    await heading(page, "Where you are signed in");
    await see(page.getByRole("list", { name: "This browser" }).getByText("Chrome on Linux"));
    await see(page.getByRole("list", { name: "Elsewhere" }).getByText("Firefox on Windows"));
    expect(await state(other)).toBe("signed_in");
    await button("Sign out: Firefox on Windows").click();
    await see(note(page, "It is signed out"));
    expect(await state(other)).toBe("signed_out");
    await see(page.getByText("You are signed in nowhere else."));
    await other.close();
  });

  test("an authenticator app is added, and recovery codes come with it", async () => {
    await page.goto(at("/security"));
    await heading(page, "Passkeys and second step");
    await see(page.getByText("Only your password protects this account"));
    await button("Add an authenticator app").click();
    const adding = await see(dialog("Add an authenticator app"));
    await see(adding.getByRole("img", { name: "QR code for the authenticator app" }));
    secret = ((await adding.locator("[data-secret]").textContent()) ?? "").replace(/\s/g, "");
    await field(adding, "Name").fill("Work phone");
    await code().fill("000000");
    await adding.getByRole("button", { name: "Confirm and add" }).click();
    await says(adding.getByRole("alert"), "not the code");
    await code().fill(codeOf(secret, -1));
    await adding.getByRole("button", { name: "Confirm and add" }).click();
    codes = await keepCodes();
    expect(codes).toHaveLength(10);
    await see(page.getByText("A password alone doesn't open this account."));
    await see(page.getByRole("list", { name: "Authenticator apps" }).getByText("Work phone"));
  });

  test("from then on its code is asked for, or a recovery code", async () => {
    await signInAgain();
    await heading(page, "Confirm that it is you");
    await code().fill(codeOf(secret));
    await address(page, door.home);
    await signInAgain();
    await heading(page, "Confirm that it is you");
    await button("Use a recovery code").click();
    await field(page, "Recovery code").fill(codes[0] ?? "");
    await button("Sign in").click();
    await address(page, door.home);
    await page.goto(at("/security"));
    await see(page.getByText("9 codes are left"));
  });

  test("a passkey is added, renamed, and opens the door alone", async () => {
    await addAuthenticator(page);
    await button("Add a passkey").click();
    await see(note(page, "The passkey is added"));
    await button(/^Rename Chrome on Linux/).click();
    const renaming = await see(dialog("Rename"));
    await field(renaming, "Name").fill("Laptop");
    await page.keyboard.press("Enter");
    await see(page.getByRole("list", { name: "Passkeys" }).getByText("Laptop"));
    await context.clearCookies();
    await page.goto(door.signIn);
    await button("Sign in with a passkey").click();
    await address(page, door.home);
  });

  const asksAgain = async () => {
    await growOld();
    await page.goto(at("/security"));
    await button("Make new codes").click();
    const sure = await see(dialog("Make new recovery codes?"));
    await sure.getByRole("button", { name: "Make new codes" }).click();
    return see(dialog("Confirm that it is you"));
  };

  test("who doesn't prove again who they are has done nothing", async () => {
    const before = await factors();
    const asked = await asksAgain();
    await says(asked, who.email);
    expect(await barriers(page)).toEqual([]);
    await asked.getByRole("button", { name: "Cancel" }).click();
    await gone(dialog("Confirm that it is you"));
    await gone(dialog("Recovery codes"));
    expect(await factors()).toEqual(before);
    // With the key, too.
    await button("Make new codes").click();
    await (await see(dialog("Make new recovery codes?"))).getByRole("button", { name: "Make new codes" }).click();
    await see(dialog("Confirm that it is you"));
    await page.keyboard.press("Escape");
    await gone(dialog("Confirm that it is you"));
    expect(await factors()).toEqual(before);
  });

  test("a passkey proves it, by the keyboard alone", async () => {
    const asked = await asksAgain();
    const passkey = asked.getByRole("button", { name: "Use a passkey" });
    await until("The quickest way has the focus", () => passkey.evaluate((one) => one === document.activeElement));
    await page.keyboard.press("Enter");
    keptCode = (await keepCodes())[0] ?? "";
  });

  test("so do the password with a code, and with a recovery code", async () => {
    let asked = await asksAgain();
    await field(asked, "Password").fill("not my password at all");
    await field(asked, "Code of your authenticator app").fill(codeOf(secret, 1));
    await says(asked.getByRole("alert"), "not your password");
    await field(asked, "Password").fill(who.password);
    await field(asked, "Code of your authenticator app").fill(codeOf(secret, 1));
    keptCode = (await keepCodes())[0] ?? "";

    asked = await asksAgain();
    await asked.getByRole("button", { name: "Use a recovery code" }).click();
    await field(asked, "Password").fill(who.password);
    await field(asked, "Recovery code").fill(keptCode);
    await asked.getByRole("button", { name: "Confirm" }).click();
    await keepCodes();
  });

  test("what was added can be removed, down to the password alone", async () => {
    await button("Remove Laptop").click();
    await (await see(dialog("Remove Laptop?"))).getByRole("button", { name: "Remove" }).click();
    await see(note(page, "Laptop is removed"));
    await button("Remove Work phone").click();
    const last = await see(dialog("Remove Work phone?"));
    await says(last, "your only second step");
    await last.getByRole("button", { name: "Remove" }).click();
    await see(page.getByText("Only your password protects this account"));
    expect((await factors()).factors).toEqual([]);
  });

  test("its pages have no barrier and fit", async () => {
    for (const path of ["", "/password", "/security", "/sessions", ...(kind === "user" ? ["/keys"] : [])]) {
      await turnTo(page, at(path));
      expect({ path, ...(await barriersInBoth(page)) }).toEqual({ path, light: [], dark: [] });
      await page.setViewportSize({ width: 320, height: NARROW.height });
      await settled(page);
      expect({ path, wide: await overflow(page) }).toEqual({ path, wide: null });
      await page.setViewportSize(WIDE);
    }
  });

  test("one is called what one wants", async () => {
    await page.goto(at());
    await field(page, "Name").fill("Somebody Else");
    await button("Save").click();
    await see(note(page, "Your name is changed"));
    await see(page.getByRole("button", { name: /Somebody Else/ }));
  });

  test.runIf(kind === "user")("another address counts once its link is opened", async () => {
    await button("Change").click();
    const asking = await see(dialog("Change your e-mail address"));
    await field(asking, "New e-mail address").fill(who.email);
    await asking.getByRole("button", { name: "Send the link" }).click();
    await see(asking.getByText("This is your address already"));
    await field(asking, "New e-mail address").fill("grace.hopper@example.com");
    await asking.getByRole("button", { name: "Send the link" }).click();
    await says(asking, `Until then you sign in with ${who.email}`);
    await asking.getByRole("button", { name: "Done" }).click();
  });

  test("nothing went wrong unseen", () => {
    expect(troubles).toEqual([]);
  });
});

test("users who need a second step set it up at the door", async () => {
  const api = new Api(stage.owner, stage.panel);
  const alan: Account = { ...GRACE, name: "Alan Turing", email: "alan@example.com" };
  await makeUser(stage.owner, stage.panel, alan);
  await api.patch("/settings/identity.user_second_factor", { value: true });
  const context = await person(stage.browser, stage.panel.url);
  const page = await context.newPage();
  await page.goto("/account/security");
  await heading(page, "Sign in");
  await field(page, "E-mail").fill(alan.email);
  await field(page, "Password").fill(alan.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await heading(page, "Set up your second step");
  const secret = ((await page.locator("[data-secret]").textContent()) ?? "").replace(/\s/g, "");
  await field(page, "Code of your authenticator app").fill(codeOf(secret));
  await heading(page, "Recovery codes");
  await page.getByLabel("I have kept them").check();
  await page.getByRole("button", { name: "Go on" }).click();
  await address(page, "/account/security");
  await see(page.getByText("The rules of this platform ask you for a second step."));
  // The last one stays, and says why.
  await see(page.getByText("You need a second step here."));
  const remove = page.getByRole("button", { name: "Remove Authenticator app" });
  expect(await remove.getAttribute("aria-disabled")).toBe("true");
  await api.patch("/settings/identity.user_second_factor", { value: false });
  await context.close();
});
