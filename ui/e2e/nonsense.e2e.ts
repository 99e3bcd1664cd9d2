// Somebody who doesn't know the explorer types nonsense into everything, goes back, loads anew and narrows the window.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { overflow } from "./harness/accessibility.ts";
import { CHINOOK_URL } from "./harness/chinook.ts";
import { Faults } from "./harness/faults.ts";
import { loadChinook, NARROW, setStage, WIDE, watch } from "./harness/index.ts";
import { populate } from "./harness/populate.ts";
import { countRequests, settled } from "./harness/settle.ts";

const stage = setStage("nonsense");
const NONSENSE = ["'; drop table track; --", "((", '%_*,.:"\\', "🦆\u202e", "-1e999"];
const TRACK = "/admin/tables/chinook/public/track";
const TWISTED =
  "filter=((name%3Dlike&order=nowhere.sideways,,&group=nowhere&sums=most.nothing&cols=hide%3D;width%3Dname:-5&row=%F0%9F%A6%86&tab=x&trash=7&search=%25";
const PAGES = [
  "/admin/tables",
  `${TRACK}?${TWISTED}`,
  `${TRACK}?export=nowhere`,
  `${TRACK}?import=nowhere`,
  `${TRACK}?tab=structure`,
  `${TRACK}/compare?first=x&second=y&rows=z`,
  "/admin/tables/chinook/diagram?schema=nowhere",
  "/admin/tables/chinook/advice?topic=nonsense",
  "/admin/tables/nowhere/public/x",
  "/admin/tables/sql?source=nowhere&query=x",
  "/admin/schema-changes/x?back=1",
  "/admin/sensitive-columns/new",
];

beforeAll(async () => {
  await loadChinook(stage.panel);
  await populate(stage.owner, stage.panel, { users: 1, source: CHINOOK_URL });
});

/** What somebody can type into now. */
async function fill(page: Page, text: string): Promise<void> {
  const fields = page.locator(
    "input:not([type=checkbox]):not([type=radio]):not([type=file]), textarea, [role=textbox]",
  );
  for (let n = 0; n < Math.min(await fields.count(), 8); n++) {
    const field = fields.nth(n);
    if (!(await field.isVisible()) || !(await field.isEditable())) continue;
    await field.fill(text).catch(() => undefined);
    await field.press("Enter");
    await page.keyboard.press("Escape");
  }
}

const broken = async (page: Page) =>
  (await page.getByText(/Something went wrong|Something broke|undefined|\[object Object\]|NaN%/).count()) > 0 ||
  (await page.locator("h1, main [role=alert], main [role=status]").count()) === 0;

test("nothing that is typed or linked breaks a page", { timeout: 600_000 }, async () => {
  const faults = new Faults();
  const page = await stage.owner.newPage();
  countRequests(page);
  // What is refused is no fault; what fails is.
  const troubles = watch(page, (status) => status < 500);
  await page.goto("/admin");
  for (const [n, path] of PAGES.entries()) {
    const look = async (when: string) => {
      await settled(page).catch((error) => faults.add(`${path} ${when}`, String(error).split("\n")[0] ?? ""));
      if (await broken(page)) faults.add(`${path} ${when}`, "the page is broken");
      for (const { what } of troubles.splice(0)) faults.add(`${path} ${when}`, what);
    };
    await page.setViewportSize(WIDE);
    await page.goto(path);
    await settled(page).catch(() => undefined);
    await fill(page, NONSENSE[n % NONSENSE.length] ?? "");
    await look("filled");
    await page.goBack();
    await look("back");
    await page.goForward();
    await page.setViewportSize(NARROW);
    await page.reload();
    await look("narrow, anew");
    const wide = await overflow(page);
    if (wide !== null) faults.add(`${path} narrow`, wide);
  }
  expect(faults.list()).toEqual([]);
});
