// Seeing tables in somebody's place, begun in the dialog for it.
import type { Locator, Page } from "playwright-core";
import { field, gone, pick, see } from "./look.ts";

/** What says so as long as it lasts. */
export const placeBanner = (page: Page): Locator => page.getByText(/sees tables as/);

export async function viewAs(page: Page, as: "A user" | "Nobody signed in", user?: RegExp): Promise<void> {
  await page.getByRole("button", { name: "View as…" }).click();
  const dialog = page.getByRole("dialog", { name: "See tables in somebody's place" });
  await dialog.getByRole("radio", { name: as }).check();
  if (user) await pick(page, field(dialog, "User"), user);
  await field(dialog, "Reason").fill("She can't see her notes");
  await dialog.getByRole("button", { name: "View tables" }).click();
  await gone(dialog);
  await see(placeBanner(page));
}
