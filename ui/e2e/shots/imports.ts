// Importing rows: the file, the mapping, what a try found, and the end.
import type { Page } from "playwright-core";
import { see } from "../harness/index.ts";
import type { Shot } from "./pages.ts";

const ARTIST = "/admin/tables/chinook/public/artist?import=new";
const ALBUM = "/admin/tables/chinook/public/album?import=new";

/** Rows that no picture before has imported. */
let next = 8000;

const artists = (from: number) =>
  `Artist Id;Full name;Founded;Country\n${Array.from({ length: 40 }, (_, n) => `${n % 9 === 4 ? "unknown" : from + n};Artist number ${n};19${50 + n};DE\n`).join("")}`;
const ALBUMS = "Album Id,Title\n5000,Kind of Blue\n5001,Blue Train\n";

async function choose(page: Page, name: string, text: string) {
  await page
    .getByRole("dialog")
    .locator("input[type=file]")
    .setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  await see(page.getByRole("button", { name: "Try it" }));
}

async function tried(page: Page) {
  await choose(page, "artists.csv", artists(7000));
  await page.getByLabel("Where Full name goes").selectOption("name");
  await page.getByRole("button", { name: "Try it" }).click();
  await see(page.getByText("This is what would come of it"));
}

async function imported(page: Page) {
  next += 100;
  await choose(page, "artists.csv", artists(next));
  await page.getByLabel("Where Full name goes").selectOption("name");
  await page.getByRole("dialog").getByRole("button", { name: "Import", exact: true }).click();
  await see(page.getByText(/are in the table/));
}

export function importShots(): Shot[] {
  return [
    { name: "import-choose", path: ARTIST },
    { name: "import-mapping", path: ALBUM, before: (page) => choose(page, "albums.csv", ALBUMS) },
    { name: "import-tried", path: ARTIST, before: tried },
    { name: "import-done", path: ARTIST, before: imported },
    {
      name: "import-refused",
      path: ARTIST,
      before: async (page) => {
        const buffer = Buffer.from("artist_id,name\n1,N\xe4me\n", "latin1");
        await page
          .getByRole("dialog")
          .locator("input[type=file]")
          .setInputFiles({ name: "old.csv", mimeType: "text/csv", buffer });
        await see(page.getByRole("alert"));
      },
    },
  ];
}
