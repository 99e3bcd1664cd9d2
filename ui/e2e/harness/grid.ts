// The data grid as its ARIA roles show it: rows and columns by number, cells by column name.
import type { Locator, Page } from "playwright-core";
import { until } from "./deadline.ts";
import { see } from "./look.ts";

export class Grid {
  readonly root: Locator;
  private readonly page: Page;

  constructor(page: Page, name?: string | RegExp) {
    this.page = page;
    this.root = page.getByRole("grid", name === undefined ? {} : { name });
  }

  /** Waits until rows are there and no page is being loaded. */
  async settled(): Promise<void> {
    await see(this.root.getByRole("gridcell"));
    await until("the grid has settled", async () => (await this.root.getAttribute("aria-busy")) === null);
  }

  header(column: string): Locator {
    return this.root.getByRole("columnheader", { name: new RegExp(`(^|[\\s.])${column}(\\s|$)`) });
  }

  /** A row on screen; the first is 1. */
  row(number: number): Locator {
    return this.root.locator(`[role=row][aria-rowindex="${number + 1}"]`);
  }

  async cell(row: number, column: string): Promise<Locator> {
    const place = await this.header(column).getAttribute("aria-colindex");
    return this.row(row).locator(`[role=gridcell][aria-colindex="${place}"]`);
  }

  async text(row: number, column: string): Promise<string> {
    return ((await (await this.cell(row, column)).textContent()) ?? "").trim();
  }

  /** The texts of the first rows in a column. */
  async column(column: string, rows = 5): Promise<string[]> {
    const texts: string[] = [];
    for (let row = 1; row <= rows; row++) texts.push(await this.text(row, column));
    return texts;
  }

  /** Opens the editor of a cell. */
  async edit(row: number, column: string): Promise<Locator> {
    await (await this.cell(row, column)).click();
    await this.page.keyboard.press("F2");
    const input = this.page.getByRole("dialog").getByLabel(column, { exact: true });
    return see(input);
  }

  /** Scrolls with the wheel, as a person does, until the row is on screen. */
  async scrollTo(row: number): Promise<void> {
    await this.root.hover();
    await until(
      `row ${row} is on screen`,
      async () => {
        if ((await this.row(row).count()) > 0) return true;
        // Less than a window at a time, and not faster than it is drawn, or the row flies past.
        await this.page.mouse.wheel(0, 400);
        await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
        return false;
      },
      60_000,
    );
  }
}
