// Sensitive columns: the list of them, a table that has some, and what is asked before they are shown.
import type { Page } from "playwright-core";
import { Grid, see } from "../harness/index.ts";
import type { Panel } from "../harness/panel.ts";
import type { Shot } from "./pages.ts";

const PATIENT = "/admin/tables/main/public/patient";

/** Makes a table with marked columns, once. */
async function furnish(page: Page, panel: Panel) {
  const there = await page.request.get("/api/v1/sensitive-columns");
  if (((await there.json()) as unknown[]).length > 0) return;
  await panel.sql(
    "quarterdeck",
    `create table public.patient (id int primary key, name text not null, born date, insurance_number text, diagnosis text);
     insert into public.patient select i, (array['Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Edsger Dijkstra'])[1 + i % 4],
       date '1950-01-01' + i * 97, 'A' || 100000000 + i * 7919, (array['Influenza', 'Fracture of the wrist', 'Migraine'])[1 + i % 3] from generate_series(1, 60) i`,
  );
  const [main] = (await (await page.request.get("/api/v1/sources?name=eq.main")).json()) as { id: string }[];
  for (const [column, note] of [
    ["insurance_number", "Identifies a person"],
    ["diagnosis", "GDPR, article 9"],
  ]) {
    const data = { source_id: main?.id, schema_name: "public", table_name: "patient", column_name: column, note };
    await page.request.post("/api/v1/sensitive-columns", { data, headers: { "Sec-Fetch-Site": "same-origin" } });
  }
}

const masked = async (page: Page, panel: Panel) => {
  await furnish(page, panel);
  await page.reload();
  await new Grid(page).settled();
};
const asked = async (page: Page, panel: Panel) => {
  await masked(page, panel);
  await page.getByRole("button", { name: /^(Reveal|Aufdecken)$/ }).click();
  const dialog = await see(page.getByRole("dialog"));
  await dialog.getByRole("textbox").fill("Ticket 4711: she asked what we know of her");
  return dialog;
};

export function maskingShots(): Shot[] {
  return [
    { name: "patient-hidden", path: PATIENT, before: masked },
    { name: "patient-reveal", path: PATIENT, before: asked },
    {
      name: "patient-revealed",
      path: PATIENT,
      before: async (page, panel) => {
        const dialog = await asked(page, panel);
        await dialog.locator("button[type=submit]").click();
        await see(page.getByText("Migraine").first());
      },
    },
    {
      name: "sensitive-columns",
      path: "/admin/sensitive-columns",
      before: async (page, panel) => {
        await furnish(page, panel);
        await page.reload();
        await see(page.getByText("insurance_number").first());
      },
    },
    {
      name: "sql-sensitive",
      path: "/admin/tables/sql?source=main",
      before: async (page, panel) => {
        await furnish(page, panel);
        await page.getByRole("textbox", { name: "SQL" }).fill("select * from patient");
        await page.keyboard.press("Control+Enter");
        await see(page.getByText("Sensitive columns could be read"));
      },
    },
  ];
}
