// How many members, keys and roles of its own an organization has, of how many it may have.
import { queryOptions } from "@tanstack/react-query";
import { api } from "~/lib/api";

export interface Limit {
  used: number;
  limit: number;
  /** Staff decided it for this organization. */
  own: boolean;
}

export interface Limits {
  members: Limit;
  /** Open ones, among the members. */
  invitations: number;
  keys: Limit;
  roles: Limit;
}

/** From here on it is said that room is short. */
const NEARLY = 0.9;

/** Nothing as long as there is room. */
export function shortage({ used, limit }: Limit): "red" | "yellow" | undefined {
  if (used >= limit) return "red";
  return used / limit >= NEARLY ? "yellow" : undefined;
}

/** Below the organization itself, so that whatever is done to it makes this old as well. */
export const limitsQuery = (organization: string) =>
  queryOptions({
    queryKey: ["object", "organizations", organization, "limits"],
    queryFn: async ({ signal }) =>
      (await api.get<Limits>("/identity/limits", { query: [["organization_id", organization]], signal })).data,
    // Members, keys and roles are made on other pages.
    refetchOnMount: "always",
  });
