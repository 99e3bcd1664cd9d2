// The SQL console: results, plans, charts, what is kept, and what went wrong.
import type { Page } from "playwright-core";
import { field, see } from "../harness/index.ts";
import type { Shot } from "./pages.ts";

const CONSOLE = "/admin/tables/sql?source=chinook";
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const write = async (page: Page, sql: string) => {
  await (await see(page.getByRole("textbox", { name: "SQL" }))).fill(sql);
};
const run = async (page: Page, sql: string, shows: string | RegExp, name = "Run") => {
  await write(page, sql);
  await button(page, name).click();
  await see(page.locator("main").getByText(shows).first());
};
const TRACKS = `select g.name as genre, count(*) as tracks, round(sum(milliseconds) / 3600000.0, 1) as hours
from track t
join genre g using (genre_id)
group by g.name
order by tracks desc
limit 12;`;

export function consoleShots(): Shot[] {
  const of = (name: string, before: (page: Page) => Promise<unknown>, busy = false): Shot => ({
    name: `console-${name}`,
    path: CONSOLE,
    before,
    busy,
  });
  return [
    of("empty", async () => undefined),
    of("results", (page) => run(page, TRACKS, "Alternative & Punk")),
    of("chart", async (page) => {
      await run(page, TRACKS, "Alternative & Punk");
      await page.getByText("Chart", { exact: true }).click();
      await see(page.locator("main svg").first());
    }),
    of("several", (page) => run(page, "select 1 as one;\nselect 'second' as two", "second", "Run all")),
    of("error", (page) => run(page, "select name\nfrom nowhere", "does not exist")),
    of("read-only", (page) => run(page, "delete from genre", "read-only")),
    of("plan", (page) =>
      run(page, "select * from track where composer = 'Jimmy Page' order by name", /Seq Scan/, "Analyze"),
    ),
    of("parameters", async (page) => {
      await write(page, "select * from track where genre_id = :genre and milliseconds > :longer");
      await page.getByRole("textbox", { name: ":genre" }).fill("2");
    }),
    of(
      "running",
      async (page) => {
        await write(page, "select pg_sleep(8)");
        await button(page, "Run").click();
        await see(button(page, "Cancel"));
      },
      true,
    ),
    of("cancelled", async (page) => {
      await write(page, "select pg_sleep(50)");
      await button(page, "Run").click();
      await (await see(button(page, "Cancel"))).click();
      await see(button(page, "Run"));
    }),
    of("save", async (page) => {
      await write(page, TRACKS);
      await button(page, "Save").click();
      const dialog = await see(page.getByRole("dialog", { name: "Save query" }));
      await field(dialog, "Name").fill("Hours of music by genre");
    }),
    of("queries", async (page) => {
      await page.request.post("/api/v1/saved-queries", {
        data: { name: `Hours by genre ${Math.round(performance.now())}`, source: "chinook", sql: TRACKS },
        headers: { "Sec-Fetch-Site": "same-origin" },
      });
      await button(page, "Queries").click();
      await see(page.getByRole("dialog", { name: "Queries" }));
    }),
    of("history", async (page) => {
      await run(page, TRACKS, "Alternative & Punk");
      await button(page, "Queries").click();
      const drawer = await see(page.getByRole("dialog", { name: "Queries" }));
      await drawer.getByText("History", { exact: true }).click();
      await see(drawer.getByText("group by").first());
    }),
  ];
}
