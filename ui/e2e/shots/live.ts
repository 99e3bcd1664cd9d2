// Grids that follow their table, as pictures.
import { Grid, see } from "../harness/index.ts";
import type { Shot } from "./pages.ts";

const GENRE = "/admin/tables/chinook/public/genre";

/** Follows the table from now on. */
const follow = async (page: Parameters<NonNullable<Shot["before"]>>[0]) => {
  await page.evaluate(() => localStorage.setItem("quarterdeck.live", "true"));
  await page.reload();
  await new Grid(page).settled();
  await see(page.getByRole("button", { name: "Live", exact: true }));
  // For this page only.
  await page.evaluate(() => localStorage.setItem("quarterdeck.live", "false"));
};

export function liveShots(): Shot[] {
  return [
    {
      name: "genre-live",
      path: GENRE,
      before: async (page) => {
        await follow(page);
        await page.getByRole("button", { name: "Live", exact: true }).click();
        await see(page.getByRole("switch", { name: "Follow what others change" }));
      },
    },
    {
      name: "genre-live-change",
      path: GENRE,
      before: async (page) => {
        await follow(page);
        const name = `Rock ${Math.round(performance.now())}`;
        const headers = { "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json" };
        const sql = `update genre set name = '${name}' where genre_id in (1, 3)`;
        await page.request.post("/api/v1/explorer/chinook/sql/write", { data: { sql, mode: "transaction" }, headers });
        await see(page.getByText("changed 2 rows"));
      },
    },
  ];
}
