// Two people compared, a policy explained, and tables as a diagram.
import type { Page } from "playwright-core";
import { see } from "../harness/index.ts";
import type { Panel } from "../harness/panel.ts";
import type { Shot } from "./pages.ts";

const headers = { "Sec-Fetch-Site": "same-origin" };

/** A table with policies, and places beside one's own. */
export async function furnish(page: Page, panel: Panel): Promise<{ user: string; anon: string }> {
  const users = await page.request.get("/api/v1/users?limit=1&status=eq.active");
  const [user] = (await users.json()) as { id: string }[];
  await panel.sql(
    "quarterdeck",
    `create table if not exists public.notes (id int primary key, owner uuid, body text, price int, internal text);
     insert into public.notes select n, case when n % 4 = 0 then '${user?.id}'::uuid end, (array['Call the printer', 'Order paper', 'Ask for the invoice', 'Plan the party'])[1 + n % 4], n * 7, 'x' || n from generate_series(1, 40) n on conflict do nothing;
     alter table public.notes enable row level security;
     drop policy if exists own on public.notes; create policy own on public.notes for select to authenticated using (auth.uid() = owner);
     drop policy if exists cheap on public.notes; create policy cheap on public.notes for select using (price < 60);
     drop policy if exists limits on public.notes; create policy limits on public.notes as restrictive using (price <> 56);
     grant select on public.notes to authenticated; grant select (id, body, price) on public.notes to anon`,
  );
  const begin = async (data: Record<string, unknown>) => {
    const begun = await page.request.post("/api/v1/impersonations/begin", {
      data: { ...data, reason: "Case 4711", comparing: true },
      headers,
    });
    return ((await begun.json()) as { impersonation_id: string }).impersonation_id;
  };
  return { user: await begin({ kind: "user", user_id: user?.id }), anon: await begin({ kind: "anon" }) };
}

const COMPARE = "/admin/tables/main/public/notes/compare";

const compared = async (page: Page, panel: Panel, more = "") => {
  const { user, anon } = await furnish(page, panel);
  await page.goto(`${COMPARE}?first=${anon}&second=${user}${more}`);
};

export function placeShots(): Shot[] {
  return [
    {
      name: "compare-empty",
      path: "/admin/tables",
      before: async (page, panel) => {
        await furnish(page, panel);
        await page.goto(COMPARE);
        await see(page.locator("h1").first());
      },
    },
    {
      name: "compare",
      path: "/admin/tables",
      before: async (page, panel) => {
        await compared(page, panel, "&rows=second");
        await see(page.getByText("Plan the party").or(page.getByText("Call the printer")).first());
      },
    },
    {
      name: "compare-both",
      path: "/admin/tables",
      before: async (page, panel) => {
        await compared(page, panel, "&rows=both");
        await see(page.getByText("Call the printer").or(page.getByText("Order paper")).first());
      },
    },
    {
      name: "compare-why",
      path: "/admin/tables",
      before: async (page, panel) => {
        await compared(page, panel, `&why=second&row=${encodeURIComponent('["12"]')}`);
        await see(page.getByText("auth.jwt()"));
      },
    },
    {
      name: "compare-choose",
      path: "/admin/tables",
      before: async (page, panel) => {
        await furnish(page, panel);
        await page.goto(COMPARE);
        await page.getByRole("button", { name: /^(Second|Zweite):/ }).click();
        await page.getByRole("menuitem").last().click();
        await see(page.getByRole("dialog"));
      },
    },
    {
      name: "diagram",
      path: "/admin/tables/chinook/diagram",
      before: (page) => see(page.locator("[data-table]").first()),
    },
    {
      name: "diagram-chosen",
      path: "/admin/tables/chinook/diagram",
      before: async (page) => {
        await see(page.locator("[data-table]").first());
        await page.getByRole("application").focus();
        await page.keyboard.press("Space");
        await page.keyboard.press("ArrowRight");
        await see(page.locator("[data-selected]").first());
      },
    },
    {
      name: "diagram-large",
      path: "/admin/tables",
      before: async (page, panel) => {
        await panel.sql(
          "quarterdeck",
          `create schema if not exists many; do $$ begin for n in 1..300 loop
             execute format('create table if not exists many.%I (id int primary key, name text, state text, made_at timestamptz, parent int references many.%I)',
               (array['order', 'item', 'price', 'customer', 'stock'])[1 + n % 5] || '_' || n, (array['order', 'item', 'price', 'customer', 'stock'])[1 + greatest(1, n / 4) % 5] || '_' || greatest(1, n / 4));
           end loop; end $$`,
        );
        await page.goto("/admin/tables/main/diagram?schema=many");
        await see(page.locator("[data-table]").first());
      },
    },
  ];
}
