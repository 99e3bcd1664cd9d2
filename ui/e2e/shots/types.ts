// Tables of every type, and of types that the panel doesn't know.
import type { Shot } from "./pages.ts";

const EVERYTHING = "/admin/tables/chinook/public/everything";
const SENSOR = "/admin/tables/chinook/public/sensor";

export function typesShots(): Shot[] {
  return [
    { name: "table-types", path: EVERYTHING },
    { name: "table-types-row", path: `${EVERYTHING}?row=1` },
    {
      name: "table-types-edit",
      path: `${EVERYTHING}?row=1`,
      before: (page) => page.getByRole("dialog").getByRole("button", { name: "Edit", exact: true }).click(),
    },
    { name: "table-unknown", path: `${SENSOR}?row=1` },
    {
      name: "table-unknown-insert",
      path: SENSOR,
      before: (page) => page.getByRole("button", { name: "Insert row" }).first().click(),
    },
    { name: "table-unknown-needed", path: "/admin/tables/chinook/public/calibration" },
  ];
}
