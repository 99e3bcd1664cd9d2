/** Saved queries: SQL under a name, one's own and what others show. */
import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useAddress } from "~/kit/resource/address";
import type { Audience } from "~/kit/views/data";
import { api } from "~/lib/api";
import type { Tab } from "./tabs";

export interface SavedQuery {
  id: string;
  name: string;
  source: string;
  sql: string;
  note: string | null;
  audience: Audience;
  role_id: string | null;
  made_by: string;
  mine: boolean;
  slug: string;
  version: string;
}

const KEY = ["saved-queries"] as const;

export const savedQuery = (search: string) =>
  queryOptions({
    queryKey: [...KEY, "list", search],
    queryFn: async ({ signal }) =>
      (
        await api.list<SavedQuery>("/saved-queries", {
          query: [
            ["order", "name"],
            ["limit", "200"],
            ...(search === "" ? [] : [["search", search] as [string, string]]),
          ],
          signal,
        })
      ).rows,
  });

export const oneSaved = (by: "id" | "slug", value: string | undefined) =>
  queryOptions({
    queryKey: [...KEY, by, value],
    enabled: value !== undefined,
    queryFn: async ({ signal }) =>
      (
        await api.list<SavedQuery>("/saved-queries", {
          query: [[by, `eq.${value}`]],
          signal,
        })
      ).rows[0] ?? null,
  });

export const forgetSaved = (client: QueryClient) => client.invalidateQueries({ queryKey: KEY });

export const tabOf = ({ id, name, sql }: SavedQuery): Partial<Tab> => ({ name, text: sql, saved: id });
export const linkTo = (slug: string) => `${window.location.origin}/admin/tables/sql?query=${encodeURIComponent(slug)}`;

/** A short link in the address opens its query in a tab, once; `missing` when there is none for whoever is here. */
export function useLinkedQuery(onOpen: (query: SavedQuery) => void): { missing: boolean } {
  const address = useAddress();
  const slug = address.get("query") ?? undefined;
  const found = useQuery(oneSaved("slug", slug));
  const opened = useRef<string | null>(null);
  const query = slug === undefined ? undefined : found.data;
  useEffect(() => {
    if (!query || opened.current === query.slug) return;
    opened.current = query.slug;
    onOpen(query);
    address.set({ query: undefined, source: query.source }, true);
  }, [query, onOpen, address]);
  return { missing: query === null };
}
