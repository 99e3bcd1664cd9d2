// Getting users in: pasted rows, faults with their lines, all or none; and out again, with a look at what goes.
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { Api, choose, Grid, gone, heading, says, see, setStage, type Trouble, watch } from "./harness/index.ts";

const stage = setStage("import");
let page: Page;
let troubles: Trouble[];

beforeAll(async () => {
  await new Api(stage.owner, stage.panel).post("/organizations", { name: "Navy" });
  page = await stage.owner.newPage();
  troubles = watch(page, (status) => status === 422);
});

/** With the keyboard alone, from the field to the button after it. */
async function paste(text: string) {
  await page.getByLabel("Or paste rows").focus();
  await page.keyboard.insertText(text);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await see(page.getByRole("button", { name: "Check every row" }));
}

describe("importing users", () => {
  test("starts from their list and tells each fault with its line", async () => {
    await page.goto("/admin/users");
    await page.getByRole("link", { name: "Import users" }).first().click();
    await heading(page, "Import users");
    await paste("E-Mail;Vorname;Nachname;Firma\ngrace@example.com;Grace;Hopper;Navy\nnonsense;Bad;One;\n");
    await page.getByRole("button", { name: "Check every row" }).press("Enter");
    const found = await see(page.getByRole("table", { name: "What was found" }));
    await says(found, "nonsense");
    await says(found, /no e-mail address/);
    expect(await page.getByRole("button", { name: /^Import \d|^Import one/ }).count()).toBe(0);
  });

  test("imports every row once all of them are right", async () => {
    await page.getByRole("button", { name: "Take another file" }).press("Enter");
    await paste("E-Mail;Vorname;Nachname;Firma\ngrace@example.com;Grace;Hopper;Navy\nalan@example.com;Alan;Turing;\n");
    await page.getByRole("button", { name: "Check every row" }).press("Enter");
    await page.getByRole("button", { name: "Import 2 users" }).press("Enter");
    await says(page.getByRole("status"), "2 users were imported");
    await page.getByRole("link", { name: "Open users" }).click();
    const list = new Grid(page);
    await list.settled();
    await says(list.root, "Grace Hopper");
    await says(list.root, "Navy");
  });

  test("what belongs to somebody is shown and their name typed before they are deleted", async () => {
    const list = new Grid(page);
    await list.root.getByText("grace@example.com", { exact: true }).first().click();
    await page.getByRole("link", { name: "Open page" }).click();
    await heading(page, "grace@example.com");
    await page.getByRole("tab", { name: "Memberships" }).click();
    await says(page.getByRole("tabpanel"), "Navy");
    await choose(page, page.getByRole("button", { name: "More actions" }), /^Delete/);
    const dialog = await see(page.getByRole("dialog", { name: /^Delete/ }));
    await says(dialog, "Memberships: 1");
    const go = dialog.getByRole("button", { name: /^Delete/ });
    expect(await go.isDisabled()).toBe(true);
    await dialog.getByLabel("Type grace@example.com to confirm").fill("grace@example.com");
    await go.click();
    await gone(list.root.getByText("grace@example.com"));
    expect(troubles).toEqual([]);
  });
});
