// Saved views: the state of a list under a name. What a list keeps in its address is what a view keeps.
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Address } from "~/kit/resource/address";
import { api } from "~/lib/api";
import { useSurface } from "~/lib/surface";

export type Audience = "me" | "role" | "everybody";

export interface SavedView {
  id: string;
  name: string;
  page: string;
  state: string;
  audience: Audience;
  role_id: string | null;
  is_default: boolean;
  made_by: string;
  mine: boolean;
  slug: string;
  version: string;
}

/** What a view was before something else was saved in its place. */
export interface ViewVersion {
  id: string;
  number: number;
  name: string;
  state: string;
  replaced_by: string;
  replaced_at: string;
}

/** What a list keeps in its address, and with it a view. */
const WORDS = ["filter", "search", "order", "cols", "density", "group", "sums"] as const;
/** Which view a list shows, in its address; `NONE` for the list as it is without. */
const VIEW = "view";
const NONE = "none";

export const viewsKey = ["saved-views"];

export const viewsQuery = (base: string, page: string) =>
  queryOptions({
    queryKey: [...viewsKey, base, page],
    queryFn: async ({ signal }) => {
      const query: [string, string][] = [
        ["page", `eq.${page}`],
        ["order", "name"],
        ["limit", "1000"],
      ];
      return (await api.list<SavedView>("/saved-views", { query, signal })).rows;
    },
    staleTime: 60_000,
  });

export const versionsQuery = (view: SavedView) =>
  queryOptions({
    queryKey: [...viewsKey, "versions", view.id, view.version],
    queryFn: async ({ signal }) => {
      const query: [string, string][] = [
        ["view_id", `eq.${view.id}`],
        ["order", "number.desc"],
      ];
      return (await api.list<ViewVersion>("/saved-view-versions", { query, signal })).rows;
    },
  });

/** A state as one reads it: `order name · filter status=eq.active`. */
export function wordsOf(state: string): string {
  return [...new URLSearchParams(state)].map((pair) => pair.join(" ")).join(" · ");
}

/** The state of a list as its address has it, in one order, so that two of them can be compared. */
export function stateOf(address: Address): string {
  const pairs = WORDS.flatMap((word) => {
    const value = address.get(word);
    return value ? [[word, value]] : [];
  });
  return new URLSearchParams(pairs).toString();
}

function tidy(state: string): string {
  const given = new URLSearchParams(state);
  const pairs = WORDS.flatMap((word) => {
    const value = given.get(word);
    return value ? [[word, value]] : [];
  });
  return new URLSearchParams(pairs).toString();
}

/** What to put into the address to show a view, or the list without one. */
export function patchOf(view: Pick<SavedView, "state" | "slug"> | null): Record<string, string | undefined> {
  const given = new URLSearchParams(view?.state ?? "");
  const words = WORDS.map((word) => [word, given.get(word) || undefined]);
  return { ...Object.fromEntries(words), row: undefined, [VIEW]: view?.slug ?? NONE };
}

/** One's own default counts before that of one's role, and that before everybody's. */
export function defaultOf(views: readonly SavedView[]): SavedView | undefined {
  const of = (audience: Audience) =>
    views.find((v) => v.is_default && v.audience === audience && (audience !== "me" || v.mine));
  return of("me") ?? of("role") ?? of("everybody");
}

export interface ViewState {
  page: string;
  views: readonly SavedView[];
  active: SavedView | null;
  /** The list isn't any more as the active view has it. */
  changed: boolean;
  /** What the list shows now. */
  state: string;
  apply: (view: Pick<SavedView, "state" | "slug"> | null) => void;
  /** Reads all views again. */
  refresh: () => Promise<void>;
}

export function useViews(address: Address): ViewState {
  const client = useQueryClient();
  const { base } = useSurface();
  const page = useLocation({ select: (location) => location.pathname.replace(/\/$/, "") });
  const { data: views = [] } = useQuery(viewsQuery(base, page));
  const slug = address.get(VIEW);
  const state = stateOf(address);
  return useMemo(() => {
    const active = views.find((view) => view.slug === slug) ?? null;
    return {
      page,
      views,
      active,
      changed: active !== null && tidy(active.state) !== state,
      state,
      apply: (view) => address.set(patchOf(view), false),
      refresh: () => client.invalidateQueries({ queryKey: viewsKey }),
    };
  }, [views, slug, state, page, address, client]);
}
