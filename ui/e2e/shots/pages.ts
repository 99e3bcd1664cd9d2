// What is photographed: an address, and what to do there before the picture is taken.
import type { Page } from "playwright-core";
import { choose, field, Grid, type Panel, pick, see } from "../harness/index.ts";
import type { Populated } from "../harness/populate.ts";
import { schemaShots } from "./schema.ts";
import { typesShots } from "./types.ts";
import { viewShots } from "./views.ts";

export interface Shot {
  name: string;
  path: string;
  /** Who looks; the owner unless told. */
  who?: "nobody" | "developer" | "grace" | "hedy" | "admin" | "viewer";
  before?: (page: Page, panel: Panel) => Promise<unknown>;
  /** What is put right again afterwards. */
  after?: (page: Page) => Promise<unknown>;
  /** Needs room that a narrow window doesn't have. */
  wideOnly?: boolean;
  /** Something goes on being busy behind what is shown. */
  busy?: boolean;
}

const TRACK = "/admin/tables/chinook/public/track";
const ARTIST = "/admin/tables/chinook/public/artist";
const sorted = `${TRACK}?filter=composer%3Dilike.*Page*&order=composer,milliseconds.desc&cols=hide%3Dmedia_type_id,genre_id,bytes%3Bwidth%3Dname:186,composer:184,milliseconds:128`;
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first();

/** The administration of one organization, and the portal around it. */
function organizationShots(made: Populated): Shot[] {
  const base = `/dashboard/admin/${made.organization}`;
  const of = (name: string, path: string, before?: Shot["before"]): Shot => ({
    name: `organization-${name}`,
    path,
    who: "admin",
    ...(before ? { before } : {}),
  });
  return [
    of("portal", "/dashboard"),
    of("portal-more", "/dashboard", (page) =>
      page
        .getByRole("button", { name: /^More about/ })
        .first()
        .click(),
    ),
    of("overview", base),
    of("switcher", base, async (page) => {
      const narrow = page.getByRole("button", { name: "Open navigation" });
      if (await narrow.isVisible()) await narrow.click();
      await page
        .getByRole("button", { name: /^Organization:/ })
        .first()
        .click();
    }),
    of("members", `${base}/memberships`),
    of("member", `${base}/memberships`, async (page) => {
      const grid = new Grid(page);
      await grid.settled();
      await grid.root.getByText("Vera Viewer", { exact: true }).first().click();
      await see(page.getByRole("dialog", { name: "Details" }));
    }),
    of("sessions", `${base}/member-sessions`),
    of("hours-new", `${base}/hours/new`),
    of("account-organizations", "/account/organizations"),
    of("account-leave", "/account/organizations", async (page) => {
      await page
        .getByRole("button", { name: /^Leave/ })
        .first()
        .click();
    }),
    of("invite", `${base}/memberships`, async (page) => {
      await button(page, "Invite").click();
      await see(page.getByRole("dialog"));
    }),
    of("invitations", `${base}/user-invitations`),
    of("roles", `${base}/roles`),
    of("role-level", `${base}/roles/01900000-0000-7000-8000-000000000011`, (page) =>
      page.getByText("Read and write", { exact: true }).click(),
    ),
    of("role-new", `${base}/roles/new`),
    of("keys-new", `${base}/keys/new`),
    of("security", `${base}/security`),
    of("approvals", `${base}/approvals`),
    of("permissions", `${base}/permissions`),
    of("audit", `${base}/audit`),
    of("about", `${base}/organizations/${made.organization}`),
    of("not-yours", "/dashboard/admin/0190b6c8-0000-7000-8000-00000000dead"),
    { name: "organization-viewer", path: base, who: "viewer" },
  ];
}

export function shots(made: Populated): Shot[] {
  return [
    ...organizationShots(made),
    ...viewShots(),
    { name: "sign-in", path: "/admin/login", who: "nobody" },
    {
      name: "sign-in-refused",
      path: "/admin/login",
      who: "nobody",
      before: async (page) => {
        await field(page, "E-mail").fill("nobody@example.com");
        await field(page, "Password").fill("not the password");
        await button(page, "Sign in").click();
        await see(page.getByRole("alert"));
      },
    },
    { name: "invitation-dead", path: "/auth/staff-invite?token=unknown", who: "nobody" },
    { name: "reset-dead", path: "/auth/reset?token=some", who: "nobody" },
    { name: "forgotten", path: "/auth/reset", who: "nobody" },
    { name: "user-sign-in", path: "/auth/login", who: "nobody" },
    { name: "register-closed", path: "/auth/register", who: "nobody" },
    { name: "verify-dead", path: "/auth/verify?token=some", who: "nobody" },
    { name: "registration-codes", path: "/admin/registration-codes" },
    { name: "registration-code-new", path: "/admin/registration-codes/new" },
    { name: "dashboard", path: "/admin" },
    { name: "dashboard-developer", path: "/admin", who: "developer" },
    { name: "users", path: "/admin/users" },
    { name: "users-no-match", path: "/admin/users?search=nobody" },
    { name: "users-drawer", path: `/admin/users?row=${made.user}` },
    {
      name: "users-selected",
      path: "/admin/users",
      before: async (page) => {
        await new Grid(page).settled();
        for (const row of [1, 2, 3]) {
          await page.getByRole("checkbox", { name: `Select row ${row}`, exact: true }).click({ force: true });
        }
        await see(page.getByRole("region", { name: "Selection" }));
      },
    },
    {
      name: "users-suspend-many",
      path: "/admin/users",
      before: async (page) => {
        await new Grid(page).settled();
        await page.getByRole("checkbox", { name: "Select all loaded rows" }).click({ force: true });
        await page.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Suspend" }).click();
        await see(page.getByRole("dialog"));
      },
    },
    {
      name: "users-filter",
      path: "/admin/users",
      before: async (page) => {
        await new Grid(page).settled();
        await page.getByRole("button", { name: "Filter", exact: true }).click();
        await see(page.getByRole("dialog"));
      },
    },
    { name: "user", path: `/admin/users/${made.user}` },
    {
      name: "user-actions",
      path: `/admin/users/${made.user}`,
      before: (page) => button(page, "More actions").click(),
    },
    { name: "user-memberships", path: `/admin/users/${made.user}?tab=memberships` },
    {
      name: "user-delete",
      path: `/admin/users/${made.user}`,
      before: async (page) => {
        await button(page, "More actions").click();
        await page.getByRole("menuitem", { name: /^Delete/ }).click();
      },
    },
    { name: "users-import", path: "/admin/users/import" },
    {
      name: "users-import-faults",
      path: "/admin/users/import",
      before: async (page) => {
        await page
          .getByLabel("Or paste rows")
          .fill("Mail;Vorname;Firma\nnew@example.com;Nele;Nowhere\nnonsense;Bad;\n");
        await button(page, "Take these rows").click();
        await button(page, "Check every row").click();
        await see(page.getByRole("heading", { name: "What was found" }));
      },
    },
    { name: "mail", path: "/admin/mail" },
    {
      name: "user-activity",
      path: `/admin/users/${made.user}`,
      before: (page) => page.getByRole("tab", { name: "Activity" }).click(),
    },
    {
      name: "user-edit",
      path: `/admin/users/${made.user}`,
      before: (page) => button(page, /^Edit/).click(),
    },
    { name: "user-new", path: "/admin/users/new" },
    {
      name: "user-new-refused",
      path: "/admin/users/new",
      before: async (page) => {
        await field(page, "E-mail").fill("nobody");
        await button(page, /^Create/).click();
        await see(page.getByRole("alert"));
      },
    },
    { name: "users-developer", path: `/admin/users?row=${made.user}`, who: "developer" },
    { name: "no-permission", path: "/admin/users/new", who: "developer" },
    { name: "organizations", path: "/admin/organizations" },
    { name: "organization", path: `/admin/organizations/${made.organization}` },
    {
      name: "organization-limits",
      path: `/admin/organizations/${made.organization}`,
      before: async (page) => {
        await choose(page, page.getByRole("button", { name: "More actions" }), "Set limits");
        await see(page.getByRole("dialog", { name: "Set limits" }));
      },
    },
    { name: "memberships", path: "/admin/memberships" },
    { name: "staff", path: "/admin/staff" },
    {
      name: "staff-invite",
      path: "/admin/staff",
      before: async (page) => {
        await button(page, "Invite").click();
        const dialog = await see(page.getByRole("dialog"));
        await field(dialog, "E-mail").fill("grace@example.com");
        await pick(page, field(dialog, "Role"), "Operator");
      },
    },
    { name: "roles", path: "/admin/roles" },
    { name: "role", path: "/admin/roles/01900000-0000-7000-8000-000000000003" },
    {
      name: "role-new",
      path: "/admin/roles/new",
      before: async (page) => {
        await field(page, "Name").fill("Night shift");
        await pick(page, field(page, "Extends").first(), "Developer");
        await page.locator('[data-cell="users:suspend"]').click();
        await page.locator('[data-cell="sessions:read"]').click();
      },
    },
    {
      name: "role-changes",
      path: "/admin/roles/new",
      before: async (page) => {
        await field(page, "Name").fill("Night shift");
        await page.locator('[data-cell="users:suspend"]').click();
        await button(page, "Review and create").click();
        await see(page.getByRole("dialog"));
      },
    },
    { name: "permissions", path: "/admin/permissions" },
    {
      name: "permissions-staff",
      path: "/admin/permissions",
      before: (page) => pick(page, field(page, "Staff").and(page.locator("input:not([type=radio])")), "Erika"),
    },
    { name: "approvals", path: "/admin/approvals" },
    { name: "elevation-ask", path: "/admin/elevations/new", who: "developer" },
    { name: "invitations", path: "/admin/invitations" },
    { name: "sessions", path: "/admin/sessions" },
    { name: "keys", path: "/admin/keys" },
    { name: "keys-new", path: "/admin/keys/new" },
    { name: "sources", path: "/admin/sources" },
    { name: "source", path: `/admin/sources/${made.source}` },
    { name: "tables", path: "/admin/tables?source=chinook" },
    { name: "advice", path: "/admin/tables/chinook/advice" },
    { name: "advice-speed", path: "/admin/tables/chinook/advice?topic=performance" },
    { name: "advice-nowhere", path: "/admin/tables/no_such_source/advice" },
    {
      name: "tables-add-source",
      path: "/admin/tables",
      before: (page) => button(page, "Add source").click(),
      wideOnly: true,
    },
    { name: "track", path: TRACK },
    { name: "track-filtered", path: sorted },
    { name: "track-row", path: `${TRACK}?row=1` },
    {
      name: "track-peek",
      path: TRACK,
      wideOnly: true,
      before: async (page) => {
        const grid = new Grid(page);
        await grid.settled();
        await (await grid.cell(2, "album_id")).getByRole("link").hover();
        await see(page.getByRole("tooltip").getByText("Balls to the Wall"));
      },
    },
    {
      name: "track-column-menu",
      path: TRACK,
      before: async (page) => {
        const grid = new Grid(page);
        await grid.settled();
        await grid.header("name").click({ button: "right" });
        await see(page.getByRole("menu"));
      },
    },
    {
      name: "track-edit-cell",
      path: TRACK,
      wideOnly: true,
      before: async (page) => {
        const grid = new Grid(page);
        await grid.settled();
        await (await grid.edit(2, "name")).fill("Balls to the Wall (Live)");
      },
    },
    {
      name: "track-edit-wrong",
      path: TRACK,
      wideOnly: true,
      before: async (page) => {
        const grid = new Grid(page);
        await grid.settled();
        const input = await grid.edit(2, "milliseconds");
        await input.fill("soon");
        await input.press("Enter");
      },
    },
    {
      name: "track-conflict",
      path: TRACK,
      busy: true,
      wideOnly: true,
      before: async (page, panel) => {
        const grid = new Grid(page);
        await grid.settled();
        const input = await grid.edit(6, "name");
        await panel.sql(
          "chinook",
          "update track set name = 'Put The Finger On You (Live ' || nextval('turn') || ')' where track_id = 6",
        );
        await input.fill("Put the Finger on You");
        await input.press("Enter");
        await see(page.getByRole("dialog", { name: "Someone else changed this row" }));
      },
    },
    { name: "track-structure", path: `${TRACK}?tab=structure` },
    {
      name: "track-insert",
      path: TRACK,
      before: (page) => button(page, "Insert row").click(),
    },
    {
      name: "artist-delete",
      path: `${ARTIST}?row=1`,
      before: async (page) => {
        await button(page, "Delete row").click();
        await see(page.getByText(/rows reference it/));
      },
    },
    {
      name: "artist-row-references",
      path: `${ARTIST}?row=1`,
      before: (page) => page.getByRole("tab", { name: "Referenced by" }).click(),
    },
    { name: "table-dropped", path: "/admin/tables/chinook/public/no_such_table" },
    { name: "table-panel", path: "/admin/tables/main/auth/users" },
    ...typesShots(),
    ...schemaShots(),
    { name: "audit", path: "/admin/audit" },
    {
      name: "audit-entry",
      path: "/admin/audit?filter=action%3Deq.rows.update%26outcome%3Deq.ok",
      before: (page) => page.getByRole("list", { name: "Audit log" }).getByRole("button").first().click(),
    },
    { name: "settings", path: "/admin/settings" },
    { name: "security", path: "/admin/security" },
    { name: "accesses", path: "/admin/accesses" },
    { name: "hours-new", path: "/admin/hours/new" },
    { name: "profile", path: "/admin/profile" },
    {
      name: "palette",
      path: "/admin/users",
      before: async (page) => {
        await new Grid(page).settled();
        await page.keyboard.press("Control+k");
        await page.getByPlaceholder("Search people, tables, pages").fill("ada");
        await see(page.getByText("Ada Lovelace").last());
      },
    },
    {
      name: "shortcuts",
      path: "/admin",
      before: (page) => choose(page, page.getByRole("button", { name: /^Account of/ }), "Keyboard shortcuts"),
    },
    { name: "user-menu", path: "/admin", before: (page) => page.getByRole("button", { name: /^Account of/ }).click() },
    { name: "not-found", path: "/admin/no/such/page/at/all" },
  ];
}
