// Saved views, exports and imports, as pictures.
import type { Page } from "playwright-core";
import { field, Grid, see } from "../harness/index.ts";
import { batchShots } from "./batches.ts";
import { consoleShots } from "./console.ts";
import { exportShots } from "./exports.ts";
import { importShots } from "./imports.ts";
import { liveShots } from "./live.ts";
import { maskingShots } from "./masking.ts";
import type { Shot } from "./pages.ts";
import { placeShots } from "./places.ts";
import { rowShots } from "./rows.ts";
import { workShots } from "./work.ts";

const TRACK = "/admin/tables/chinook/public/track";
const LONG = `${TRACK}?filter=genre_id%3Deq.1&order=milliseconds.desc&cols=hide%3Dcomposer,bytes`;

/** Makes the views that the pictures show, once. */
async function furnish(page: Page) {
  const there = await page.request.get("/api/v1/saved-views");
  if (((await there.json()) as unknown[]).length > 0) return;
  const make = async (name: string, state: string, audience?: string) => {
    const headers = { "Sec-Fetch-Site": "same-origin" };
    const data = { name, page: TRACK, state };
    const made = (await (await page.request.post("/api/v1/saved-views", { data, headers })).json()) as { id: string };
    if (audience) await page.request.post(`/api/v1/saved-views/${made.id}/share`, { data: { audience }, headers });
    return async (change: { name?: string; state?: string }) =>
      void (await page.request.patch(`/api/v1/saved-views/${made.id}`, {
        data: change,
        headers: { ...headers, "If-Match": "*" },
      }));
  };
  const change = await make("Rock", "filter=genre_id%3Deq.1");
  await change({ state: "filter=genre_id%3Deq.1&order=milliseconds.desc" });
  await change({
    name: "Long rock",
    state: "filter=genre_id%3Deq.1&order=milliseconds.desc&cols=hide%3Dcomposer%2Cbytes",
  });
  await make("Cheap tracks", "filter=unit_price%3Dlt.1&order=name", "everybody");
}

const menu = async (page: Page) => {
  await furnish(page);
  await page.reload();
  await new Grid(page).settled();
  await page.getByRole("button", { name: /^View(s|:)/ }).click();
  await see(page.getByRole("menuitem", { name: "Long rock" }));
};

/** The menu of a list that shows one of them. */
const active = async (page: Page) => {
  await menu(page);
  await page.getByRole("menuitem", { name: "Long rock" }).click();
  await new Grid(page).settled();
  await page.getByRole("button", { name: "View: Long rock" }).click();
};

export function viewShots(): Shot[] {
  return [
    ...importShots(),
    ...workShots(),
    ...maskingShots(),
    ...placeShots(),
    ...consoleShots(),
    ...rowShots(),
    ...batchShots(),
    ...exportShots(),
    ...liveShots(),
    { name: "track-views", path: TRACK, before: menu },
    {
      name: "track-views-active",
      path: TRACK,
      before: active,
    },
    {
      name: "track-views-versions",
      path: TRACK,
      before: async (page) => {
        await active(page);
        await page.getByRole("menuitem", { name: "Earlier versions…" }).click();
        await see(page.getByRole("button", { name: "Show version 1" }));
      },
    },
    {
      name: "track-views-save",
      path: LONG,
      before: async (page) => {
        await menu(page);
        await page.getByRole("menuitem", { name: "Save as a new view…" }).click();
        const dialog = await see(page.getByRole("dialog", { name: "Save view" }));
        await field(dialog, "Name").fill("Rock without composers");
        await dialog.getByRole("radio", { name: "A role" }).click();
      },
    },
    {
      name: "saved-views",
      path: "/admin/saved-views",
      before: async (page) => {
        await furnish(page);
        await page.reload();
        await new Grid(page).settled();
      },
    },
    {
      name: "track-export",
      path: LONG,
      before: async (page) => {
        await new Grid(page).settled();
        await page.getByRole("button", { name: "Export" }).click();
        await see(page.getByRole("dialog", { name: "Export track" }));
      },
    },
    {
      name: "track-export-running",
      path: LONG,
      busy: true,
      before: async (page) => {
        await page.route("**/export/csv*", () => {});
        await new Grid(page).settled();
        await page.getByRole("button", { name: "Export" }).click();
        const dialog = await see(page.getByRole("dialog", { name: "Export track" }));
        await dialog.getByRole("button", { name: "Export" }).click();
        await see(dialog.getByText("so far"));
      },
    },
  ];
}
