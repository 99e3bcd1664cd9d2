// Roles as the editor needs them: all at once, because what a role gives depends on those it extends.
import { queryOptions } from "@tanstack/react-query";
import { api } from "~/lib/api";
import type { Ancestor } from "./patterns";

export interface Role {
  id: string;
  name: string;
  label: string;
  description: string | null;
  scope: "platform" | "organization";
  organization_id: string | null;
  built_in: boolean;
  permissions: string[];
  extends: string | null;
  holders: number;
  /** Whether those who hold it need a second factor: here in the organization, or on the platform. */
  second_factor: boolean;
  version: string;
}

export const rolesQuery = queryOptions({
  queryKey: ["list", "roles", "all"],
  queryFn: async ({ signal }) =>
    (
      await api.list<Role>("/roles", {
        query: [
          ["limit", "1000"],
          ["order", "label.asc"],
        ],
        signal,
      })
    ).rows,
});

/** What a role extends, nearest first. A circle, which the server refuses, would end here. */
export function chainOf(roles: Role[], parent: string | null): Ancestor[] {
  const chain: Ancestor[] = [];
  const seen = new Set<string>();
  for (let id = parent; id !== null && !seen.has(id); ) {
    seen.add(id);
    const role = roles.find((one) => one.id === id);
    if (!role) break;
    chain.push({ label: role.label, patterns: role.permissions });
    id = role.extends;
  }
  return chain;
}

/** Whether one role extends another, directly or through others. */
export function reaches(roles: Role[], from: string, to: string): boolean {
  const seen = new Set<string>();
  for (let id: string | null = from; id !== null && !seen.has(id); ) {
    if (id === to) return true;
    seen.add(id);
    id = roles.find((one) => one.id === id)?.extends ?? null;
  }
  return false;
}
