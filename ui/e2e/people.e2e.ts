// People and what belongs to them: users, organizations, staff, roles; many at once; reset links.
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  address,
  choose,
  field,
  Grid,
  gone,
  heading,
  note,
  OWNER,
  PATIENCE,
  person,
  pick,
  says,
  see,
  setStage,
  signedIn,
  type Trouble,
  watch,
} from "./harness/index.ts";
import { populate } from "./harness/populate.ts";
import { DEVELOPER, makeStaff } from "./harness/staff.ts";

const stage = setStage("people");
let page: Page;
let troubles: Trouble[];

beforeAll(async () => {
  await populate(stage.owner, stage.panel, { users: 24 });
  await makeStaff(stage.owner, stage.panel, "developer", DEVELOPER);
  page = await stage.owner.newPage();
  troubles = watch(page, (status, path) => status === 422 || (status === 409 && path.includes("/users")));
});

const list = () => new Grid(page);

/** Opens a row of the current list in its drawer. */
async function openRow(name: string) {
  await list().settled();
  await list().root.getByRole("row").filter({ hasText: name }).getByText(name, { exact: true }).first().click();
  return see(page.getByRole("dialog", { name: "Details" }));
}

describe("users", () => {
  test("are found by search and by filter", async () => {
    await page.goto("/admin/users");
    await list().settled();
    await says(page.getByRole("status"), "24");
    await page.getByRole("searchbox", { name: "Search" }).fill("lovelace");
    await address(page, "search=lovelace");
    await expect.poll(() => list().root.getByRole("row").count(), { timeout: PATIENCE }).toBe(2);
    await page.getByRole("searchbox", { name: "Search" }).fill("nobody at all");
    await see(page.getByText("Nothing matches"));
    await page.getByRole("button", { name: "Clear filters" }).click();
    await says(page.getByRole("status"), "24");
  });

  test("an address that is taken is refused at its field", async () => {
    await page.goto("/admin/users/new");
    await field(page, "Name").fill("Ada Again");
    await page
      .getByLabel(/^E-mail/)
      .first()
      .fill("ada.lovelace@example.com");
    await page.getByRole("button", { name: /^Create/ }).click();
    await says(page.getByRole("alert"), /E-mail/);
    // Leaving with changes asks once.
    await page.getByRole("link", { name: "Users", exact: true }).first().click();
    const ask = await see(page.getByRole("dialog").filter({ hasText: "Leave without saving?" }));
    await ask.getByRole("button", { name: "Leave without saving" }).click();
    await heading(page, "Users");
  });

  test("are edited; what others changed meanwhile is settled field by field", async () => {
    const drawer = await openRow("Grace Hopper");
    await drawer.getByRole("button", { name: /^(Edit|Update)/ }).click();
    await field(drawer, "Name").fill("Rear Admiral Grace Hopper");
    await stage.panel.run([
      "psql",
      "-Xqc",
      "update auth.users set name = 'Grace B. Hopper' where name = 'Grace Hopper'",
    ]);
    await drawer.getByRole("button", { name: /Save changes/ }).click();
    const dialog = await see(page.getByRole("dialog", { name: "Changed by someone else meanwhile" }));
    await says(dialog, "Grace B. Hopper");
    // Enter, pressed too early, loses nothing.
    await see(dialog.locator("button:focus", { hasText: "Back to the form" }));
    await dialog.getByRole("button", { name: "Keep all mine" }).click();
    await dialog.getByRole("button", { name: "Save", exact: true }).click();
    await see(note(page, "Saved"));
    await says(page.getByRole("dialog", { name: "Details" }), "Rear Admiral Grace Hopper");
    await page.keyboard.press("Escape");
  });

  test("many are suspended at once after typing how many", async () => {
    await page.goto("/admin/users");
    await list().settled();
    await list().root.getByRole("checkbox", { name: "Select all loaded rows" }).click({ force: true });
    const bar = await see(page.getByRole("region", { name: "Selection" }));
    await says(bar, "24 selected");
    await bar.getByRole("button", { name: "Suspend" }).click();
    const dialog = await see(page.getByRole("dialog", { name: "Suspend" }));
    const go = dialog.getByRole("button", { name: "Suspend" });
    expect(await go.isDisabled()).toBe(true);
    await dialog.getByLabel("Type 24 to confirm").fill("23");
    expect(await go.isDisabled()).toBe(true);
    await dialog.getByLabel("Type 24 to confirm").fill("24");
    await go.click();
    await see(note(page, "24 changed"));
    await gone(bar);
    await expect.poll(() => list().root.getByText("Suspended").count(), { timeout: PATIENCE }).toBeGreaterThan(5);
    expect(
      await stage.panel.run(["psql", "-XqAtc", "select count(*) from auth.users where status = 'suspended'"]),
    ).toContain("24");
  });

  test("get a link to choose a new password", async () => {
    const drawer = await openRow("Alan Turing");
    await choose(page, drawer.getByRole("button", { name: "More actions" }), /^Activate/).catch(() =>
      drawer.getByRole("button", { name: /^Activate/ }).click(),
    );
    const activate = page.getByRole("dialog", { name: /^Activate/ });
    await activate.getByRole("button", { name: /^Activate/ }).click();
    await gone(activate);
    await choose(page, drawer.getByRole("button", { name: "More actions" }), /reset password/i);
    const dialog = await see(page.getByRole("dialog").filter({ hasText: /password/i }));
    await dialog.getByRole("button", { name: /reset password/i }).click();
    const secret = await see(page.getByRole("textbox", { name: "One-time value" }));
    expect(await secret.inputValue()).toMatch(/\/auth\/reset/);
    await page.getByLabel("I have kept it").check();
    await page.getByRole("button", { name: "Done" }).click();
  });
});

describe("organizations", () => {
  test("are created, renamed and deleted", async () => {
    await page.goto("/admin/organizations");
    await list().settled();
    await page.getByRole("link", { name: "New organization" }).click();
    await field(page, "Name").fill("Analytical Engines");
    await page.getByRole("button", { name: /^Create/ }).click();
    await heading(page, "Analytical Engines");
    await page.getByRole("button", { name: /^(Edit|Update)/ }).click();
    await field(page, "Name").fill("Analytical Engines Ltd");
    await page.keyboard.press("Control+s");
    await heading(page, "Analytical Engines Ltd");
    const limits = page.getByRole("region", { name: "How much it may have" });
    await says(limits, "0 of 1,000");
    for (const [members, said] of [
      ["25", "0 of 25"],
      ["", "0 of 1,000"],
    ] as const) {
      await choose(page, page.getByRole("button", { name: "More actions" }), "Set limits");
      const set = await see(page.getByRole("dialog", { name: "Set limits" }));
      await field(set, "Most members").fill(members);
      await field(set, "Why these limits").fill("As in their contract");
      await set.getByRole("button", { name: "Set limits" }).click();
      await gone(set);
      await says(limits, said);
    }
    await says(page.getByRole("main"), "As in their contract");
    await choose(page, page.getByRole("button", { name: "More actions" }), /^Delete/);
    const dialog = await see(page.getByRole("dialog", { name: /^Delete/ }));
    await dialog.getByRole("button", { name: /^Delete/ }).click();
    await see(note(page, "Analytical Engines Ltd"));
    await address(page, /\/admin\/organizations$/);
  });
});

describe("roles", () => {
  test("the built-in ones are there and can't be changed", async () => {
    await page.goto("/admin/roles");
    await list().settled();
    for (const role of ["Owner", "Administrator", "Operator", "Developer"]) await says(list().root, role);
    const drawer = await openRow("Owner");
    await drawer.getByRole("button", { name: "More actions" }).click();
    await says(page.getByRole("menu"), /built.in/i);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
  });
});

describe("staff", () => {
  test("are asked in from the palette, wherever somebody is", async () => {
    await page.goto("/admin/users");
    await heading(page, "Users");
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("Search people, tables, pages").fill("invite");
    await page.getByRole("dialog").getByRole("button", { name: /Staff/ }).first().click();
    const dialog = await see(page.getByRole("dialog", { name: /^Invite/ }));
    await see(field(dialog, "E-mail"));
    await page.keyboard.press("Escape");
    await gone(dialog);
  });

  test("are signed in on devices that have a name", async () => {
    await page.goto("/admin/sessions");
    await list().settled();
    await says(list().root, /Chrom\w+ .*Linux/);
    const drawer = await openRow(OWNER.name);
    await says(drawer, "Mozilla/5.0");
    await page.keyboard.press("Escape");
  });

  test("nobody suspends themself, and the reason is there", async () => {
    await page.goto("/admin/staff");
    const drawer = await openRow(OWNER.name);
    await drawer.getByRole("button", { name: "More actions" }).click();
    await says(page.getByRole("menuitem", { name: /^Suspend/ }), "You can't suspend yourself");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
  });

  test("get another role", async () => {
    await page.goto("/admin/staff");
    const drawer = await openRow(DEVELOPER.name);
    await choose(page, drawer.getByRole("button", { name: "More actions" }), "Change role");
    const dialog = await see(page.getByRole("dialog", { name: "Change role" }));
    await pick(page, field(dialog, "Role"), "Operator");
    await dialog.getByRole("button", { name: "Change role" }).click();
    await gone(dialog);
    await says(drawer, "Operator");
  });

  test("a reset link sets a new password and ends their sessions", async () => {
    const theirs = await signedIn(stage.browser, stage.panel, DEVELOPER);
    await page.goto("/admin/staff");
    const drawer = await openRow(DEVELOPER.name);
    await choose(page, drawer.getByRole("button", { name: "More actions" }), /reset password/i);
    const dialog = await see(page.getByRole("dialog").filter({ hasText: /works once/ }));
    await dialog.getByRole("button", { name: /reset password/i }).click();
    const secret = await see(page.getByRole("textbox", { name: "One-time value" }));
    const link = await secret.inputValue();
    await page.getByLabel("I have kept it").check();
    await page.getByRole("button", { name: "Done" }).click();

    const fresh = await person(stage.browser, stage.panel.url);
    const they = await fresh.newPage();
    await they.goto(link);
    await field(they, "New password").fill("dana@example.com");
    await they.getByRole("button", { name: "Set new password" }).click();
    await says(they.getByRole("alert"), /guess|mostly/);
    await field(they, "New password").fill("marble penguin saffron tide");
    await they.getByRole("button", { name: "Set new password" }).click();
    await says(they.getByRole("main"), "Your new password is set");
    await field(they, "E-mail").fill(DEVELOPER.email);
    await field(they, "Password").fill(DEVELOPER.password);
    await they.getByRole("button", { name: "Sign in", exact: true }).click();
    await says(they.getByRole("alert"), "That didn't match");
    await field(they, "Password").fill("marble penguin saffron tide");
    await they.getByRole("button", { name: "Sign in", exact: true }).click();
    await heading(they, "Hello, Dana");
    await they.goto(link);
    await heading(they, "This reset link can't be used");

    const before = await theirs.request.get(`${stage.panel.url}/api/v1/session`);
    expect(((await before.json()) as { state: string }).state).toBe("signed_out");
    await fresh.close();
    await theirs.close();
  });
});

test("nothing went wrong unseen", () => {
  expect(troubles).toEqual([]);
});
