/** Policies that are written again and again, to begin with. */
import type { Column } from "../../model";
import type { Command } from "../schema";

export interface Draft {
  name: string;
  command: Command;
  roles: string[];
  using: string;
  check: string;
}

export interface Template {
  id: "own" | "ownWrite" | "organization" | "publicRead" | "signedIn" | "staff" | "service";
  make: (columns: readonly Column[]) => Draft;
}

const quoted = (name: string) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

/** The column that a policy is most likely about. */
function pick(columns: readonly Column[], names: readonly string[], fallback: string): string {
  const found = names.map((name) => columns.find((column) => column.name === name)).find(Boolean);
  return quoted(found?.name ?? fallback);
}

const owner = (columns: readonly Column[]) =>
  pick(columns, ["user_id", "owner_id", "created_by", "author_id", "profile_id"], "user_id");
const organization = (columns: readonly Column[]) =>
  pick(columns, ["organization_id", "org_id", "tenant_id", "team_id", "account_id"], "organization_id");

export const TEMPLATES: readonly Template[] = [
  {
    id: "own",
    make: (columns) => ({
      name: "Own rows can be read",
      command: "select",
      roles: ["authenticated"],
      using: `(select auth.uid()) = ${owner(columns)}`,
      check: "",
    }),
  },
  {
    id: "ownWrite",
    make: (columns) => ({
      name: "Own rows can be read and changed",
      command: "all",
      roles: ["authenticated"],
      using: `(select auth.uid()) = ${owner(columns)}`,
      check: `(select auth.uid()) = ${owner(columns)}`,
    }),
  },
  {
    id: "organization",
    make: (columns) => ({
      name: "Rows of one's organization",
      command: "all",
      roles: ["authenticated"],
      using: `${organization(columns)}::text = (select auth.jwt() ->> 'organization_id')`,
      check: `${organization(columns)}::text = (select auth.jwt() ->> 'organization_id')`,
    }),
  },
  {
    id: "publicRead",
    make: () => ({ name: "Everybody can read", command: "select", roles: ["public"], using: "true", check: "" }),
  },
  {
    id: "signedIn",
    make: () => ({
      name: "Whoever is signed in can read",
      command: "select",
      roles: ["authenticated"],
      using: "true",
      check: "",
    }),
  },
  {
    id: "staff",
    make: () => ({
      name: "Staff can do everything",
      command: "all",
      roles: ["authenticated"],
      using: "(select auth.jwt() -> 'app_metadata' ->> 'role') = 'staff'",
      check: "(select auth.jwt() -> 'app_metadata' ->> 'role') = 'staff'",
    }),
  },
  {
    id: "service",
    make: () => ({
      name: "The service can do everything",
      command: "all",
      roles: ["service_role"],
      using: "true",
      check: "true",
    }),
  },
];
