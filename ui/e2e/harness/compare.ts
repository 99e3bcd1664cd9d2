// Choosing whose eyes a comparison or an explanation looks with.
import type { Locator, Page } from "playwright-core";
import { field, gone, pick, see } from "./look.ts";

/** By a picker on the page, which is a button that says what it is for. */
export async function lookAs(
  page: Page,
  picker: Locator,
  as: "A user" | "Nobody signed in",
  user?: RegExp,
): Promise<void> {
  await picker.click();
  await page.getByRole("menuitem", { name: "Somebody else…" }).click();
  const dialog = await see(page.getByRole("dialog", { name: "Look with somebody's eyes" }));
  await dialog.getByRole("radio", { name: as }).check();
  if (user) await pick(page, field(dialog, "User"), user);
  const why = field(dialog, "Reason");
  if ((await why.inputValue()) === "") await why.fill("She can't see her notes");
  await dialog.getByRole("button", { name: "Look" }).click();
  await gone(dialog);
}

export const second = (page: Page): Locator => page.getByRole("button", { name: /^Second:/ });
export const first = (page: Page): Locator => page.getByRole("button", { name: /^First:/ });
