// Finding things the way people and screen readers do: by role and name.
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { PATIENCE, until } from "./deadline.ts";
import { turnTo } from "./settle.ts";

/** Waits until it is on screen. */
export async function see(locator: Locator, within = PATIENCE): Promise<Locator> {
  await locator.first().waitFor({ state: "visible", timeout: within });
  return locator;
}

/** Waits until it is gone. */
export async function gone(locator: Locator): Promise<void> {
  await until(`${locator} is gone`, async () => (await locator.count()) === 0);
}

export async function heading(page: Page, name: string | RegExp): Promise<Locator> {
  return see(page.getByRole("heading", { name, level: 1 }));
}

/** Waits until the locator's text contains or matches this. */
export async function says(locator: Locator, text: string | RegExp): Promise<void> {
  await expect
    .poll(async () => (await locator.allTextContents()).join("\n"), { timeout: PATIENCE, interval: 50 })
    .toMatch(typeof text === "string" ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")) : text);
}

/** Waits until the address, decoded, contains or matches this. */
export async function address(page: Page, text: string | RegExp): Promise<void> {
  await expect
    .poll(() => decodeURIComponent(page.url()), { timeout: PATIENCE, interval: 50 })
    .toMatch(typeof text === "string" ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")) : text);
}

/** A form's field by its label, with or without the mark of a required one. */
export function field(root: Page | Locator, label: string): Locator {
  return root.getByLabel(new RegExp(`^${label}(\\s*\\*)?$`));
}

/** The line in which one types, of a field that has a list beside it. */
export function input(root: Page | Locator, label: string): Locator {
  return root.locator("input").and(root.getByLabel(label, { exact: true }));
}

/** The note at the edge of the screen. */
export function note(page: Page, text: string | RegExp): Locator {
  return page.getByRole("alert").filter({ hasText: text });
}

/** Chooses an entry of a menu that a button opens. */
export async function choose(page: Page, button: Locator, item: string | RegExp): Promise<void> {
  await button.click();
  // Under the name of a refused item stands its reason, so the name is where it begins.
  const name = typeof item === "string" ? new RegExp(`^${item}`) : item;
  await page.getByRole("menuitem", { name }).click();
}

/** Picks an option of a select field. */
export async function pick(page: Page, field: Locator, option: string | RegExp): Promise<void> {
  await field.click();
  await page.getByRole("option", { name: option }).first().click();
}

/** The addresses the navigation leads to, those of the tabs above its pages among them; for a page whose requests are counted. */
export async function navigationPaths(page: Page): Promise<string[]> {
  const links = (name: string) =>
    page
      .getByRole("navigation", { name })
      .getByRole("link")
      .evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
  await see(page.getByRole("navigation", { name: "Main navigation" }));
  const paths = new Set<string>();
  for (const path of await links("Main navigation")) {
    await turnTo(page, path);
    for (const one of [path, ...(await links("Pages beside this one"))]) paths.add(one);
  }
  return [...paths];
}
