// The tables of a source as a picture: found, arranged, gone through by keys, saved, and smooth with hundreds of them.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { barriers } from "./harness/accessibility.ts";
import { CHINOOK_URL } from "./harness/chinook.ts";
import { gone, loadChinook, PATIENCE, pick, says, see, setStage, type Trouble, watch } from "./harness/index.ts";
import { populate } from "./harness/populate.ts";

const stage = setStage("diagram");
let page: Page;
let troubles: Trouble[];

beforeAll(async () => {
  await loadChinook(stage.panel);
  await populate(stage.owner, stage.panel, { users: 1, source: CHINOOK_URL });
  await stage.panel.sql(
    "quarterdeck",
    `create schema many; do $$ begin for n in 1..400 loop
       execute format('create table many.t%s (id int primary key, a text, b text, c text, d text, e text, parent int references many.t%s)', n, greatest(1, n / 3));
     end loop; end $$`,
  );
  page = await stage.owner.newPage();
  troubles = watch(page);
});

const canvas = () => page.getByRole("application", { name: "Diagram of tables" });
const box = (id: string) => canvas().locator(`[data-table="${id}"]`);

test("tables and foreign keys are drawn", async () => {
  await page.goto("/admin/tables?source=chinook");
  await page.getByRole("link", { name: "Diagram" }).click();
  await see(box("public.track"));
  await says(page.locator("main"), "11 tables, 11 foreign keys");
  expect(await canvas().locator("[data-line]").count()).toBe(11);
  await says(box("public.track"), "album_id");
  expect(await barriers(page)).toEqual([]);
});

test("a table is found, and opened by the keyboard alone", async () => {
  await pick(page, page.getByRole("combobox", { name: "Find a table" }), "invoice");
  await see(canvas().locator('[data-table="public.invoice"][data-selected]'));
  await canvas().focus();
  await page.keyboard.press("ArrowLeft");
  await gone(canvas().locator('[data-table="public.invoice"][data-selected]'));
  const next = (await canvas().locator("[data-selected]").getAttribute("data-table"))?.replace("public.", "");
  await page.keyboard.press("Enter");
  await expect
    .poll(() => new URL(page.url()).pathname, { timeout: PATIENCE })
    .toBe(`/admin/tables/chinook/public/${next}`);
  await page.goBack();
});

test("where a table was dragged to is remembered", async () => {
  await see(box("public.genre"));
  const before = await box("public.genre").getAttribute("transform");
  const at = await box("public.genre").boundingBox();
  if (!at) throw new Error("it is on screen");
  await page.mouse.move(at.x + 20, at.y + 10);
  await page.mouse.down();
  await page.mouse.move(at.x + 60, at.y + 90, { steps: 6 });
  await page.mouse.up();
  await expect.poll(() => box("public.genre").getAttribute("transform"), { timeout: PATIENCE }).not.toBe(before);
  const after = await box("public.genre").getAttribute("transform");
  await page.reload();
  await expect.poll(() => box("public.genre").getAttribute("transform"), { timeout: PATIENCE }).toBe(after);
  await page.getByRole("button", { name: "Arrange anew" }).click();
  await expect.poll(() => box("public.genre").getAttribute("transform"), { timeout: PATIENCE }).toBe(before);
});

test("it is saved as a drawing and as a picture", async () => {
  for (const kind of ["SVG", "PNG"]) {
    await page.getByRole("button", { name: "Save as" }).click();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("menuitem", { name: kind }).click(),
    ]);
    expect(file.suggestedFilename()).toBe(`chinook-public.${kind.toLowerCase()}`);
    const { readFileSync, statSync } = await import("node:fs");
    const path = await file.path();
    if (kind === "SVG") {
      const text = readFileSync(path, "utf8");
      for (const name of ["playlist_track", "invoice_line", "milliseconds"]) expect(text).toContain(name);
      expect(text).not.toContain("var(");
    } else expect(statSync(path).size).toBeGreaterThan(20_000);
  }
});

test("four hundred tables are drawn as far as they are on screen, and move smoothly", async () => {
  await page.goto("/admin/tables/main/diagram?schema=many&detail=all");
  await see(canvas().locator("[data-table]").first());
  await says(page.locator("main"), "400 tables, 400 foreign keys");
  await page.getByRole("combobox", { name: "Find a table" }).fill("t200");
  await page.getByRole("option", { name: "t200" }).click();
  await see(canvas().locator('[data-table="many.t200"][data-selected]'));
  expect(await canvas().locator("[data-table]").count()).toBeLessThan(200);
  const at = await canvas().boundingBox();
  if (!at) throw new Error("it is on screen");
  await page.mouse.move(at.x + at.width / 2, at.y + 5);
  // The longest time between two frames while it is moved across the whole.
  const slowest = page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const times: number[] = [];
        let last = performance.now();
        const step = (now: number) => {
          times.push(now - last);
          last = now;
          if (times.length < 60) requestAnimationFrame(step);
          else resolve(times.sort((a, b) => a - b));
        };
        requestAnimationFrame(step);
      }),
  );
  for (let n = 0; n < 30; n += 1) await page.mouse.wheel(0, n < 15 ? 200 : -200);
  const frames = await slowest;
  expect(frames[Math.floor(frames.length / 2)] ?? 1000).toBeLessThan(50);
});

test("nothing went wrong unseen", () => {
  expect(troubles).toEqual([]);
});
