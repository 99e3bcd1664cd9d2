/** In whose place something is looked at beside one's own, and what the server says of it. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { api } from "~/lib/api";
import { tablePath } from "../data";
import type { PlaceKind, Row, TableRef } from "../model";

/** The explorer's own eyes. */
export const OWN = "own";

/** A place that was taken beside one's own, for a while. */
export interface Taken {
  id: string;
  kind: PlaceKind;
  label: string;
  until: string;
}

export interface Who {
  kind: "own" | PlaceKind;
  label: string | null;
  impersonation: string | null;
}

export type Command = "select" | "insert" | "update" | "delete";

export interface RowSecurity {
  enabled: boolean;
  forced: boolean;
  active: boolean;
  above: "superuser" | "bypass" | "owner" | null;
  view_of: string | null;
}

export interface Rights {
  schema: boolean;
  select: boolean;
  insert: boolean;
  update: boolean;
  delete: boolean;
}

export interface Seen {
  who: Who;
  role: string;
  row_security: RowSecurity;
  privileges: Rights;
  policies: { name: string; permissive: boolean; command: Command | "all" }[];
}

export interface Compared {
  first: Seen;
  second: Seen;
  columns: { name: string; type: string; first: boolean; second: boolean; sensitive: boolean }[];
  key: string[];
  counts: { both: number; first: number; second: number; complete: boolean; up_to: string[] | null } | null;
  reason: string | null;
}

export interface Pair {
  key: string[];
  first: Row | null;
  second: Row | null;
}

export type By = "first" | "second" | "both";

export type Truth = { state: "true" | "false" | "null" | "withheld" } | { state: "refused"; reason: string };

export interface Expression {
  sql: string;
  result: Truth | null;
}

export interface JudgedPolicy {
  name: string;
  permissive: boolean;
  command: Command | "all";
  roles: string[];
  applies: boolean;
  using: Expression | null;
  check: Expression | null;
}

export interface Verdict {
  command: Command;
  allowed: boolean | null;
  why: string;
  policies: string[];
}

export interface Explained extends Omit<Seen, "policies"> {
  columns: { name: string; select: boolean; insert: boolean; update: boolean }[];
  claims: { call: string; value: string | null; problem: string | null }[];
  policies: JudgedPolicy[];
  row: { key: string[]; seen: boolean | null; problem: string | null } | null;
  verdicts: Verdict[];
}

export const compareQuery = (ref: TableRef, first: string, second: string) =>
  queryOptions({
    queryKey: ["explorer", ref.source, "compare", ref.schema, ref.table, first, second],
    queryFn: async ({ signal }) =>
      (
        await api.get<Compared>(`${tablePath(ref)}/compare`, {
          query: [
            ["first", first],
            ["second", second],
          ],
          signal,
        })
      ).data,
    // Each look is in the audit log: none that nobody asked for.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

interface PairPage {
  rows: Pair[];
  next: string[] | null;
}

export const pairsQuery = (ref: TableRef, first: string, second: string, by: By) =>
  infiniteQueryOptions({
    queryKey: ["explorer", ref.source, "compare", ref.schema, ref.table, first, second, by],
    queryFn: async ({ pageParam, signal }): Promise<PairPage> =>
      (
        await api.get<PairPage>(`${tablePath(ref)}/compare/rows`, {
          query: [
            ["first", first],
            ["second", second],
            ["seen_by", by],
            // Parsed, numbers beyond 2^53 would be damaged.
            ["json", "text"],
            ...(pageParam ? [["after", pageParam] as [string, string]] : []),
          ],
          signal,
        })
      ).data,
    initialPageParam: "",
    getNextPageParam: (page) => (page.next ? JSON.stringify(page.next) : undefined),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

export const explainQuery = (ref: TableRef, place: string, row: string[] | null) =>
  queryOptions({
    queryKey: ["explorer", ref.source, "explain", ref.schema, ref.table, place, row],
    queryFn: async ({ signal }) =>
      (
        await api.get<Explained>(`${tablePath(ref)}/explain`, {
          query: [["as", place], ...(row ? [["row", JSON.stringify(row)] as [string, string]] : [])],
          signal,
        })
      ).data,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

const KEPT = "quarterdeck.places";
const listeners = new Set<() => void>();
let known: readonly Taken[] = read();

function read(): readonly Taken[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(kept) ? (kept as Taken[]) : [];
  } catch {
    return [];
  }
}

function keep(next: readonly Taken[]): void {
  known = next;
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(next));
  } catch {
    // Without storage they are known until the page is loaded again.
  }
  for (const listener of listeners) listener();
}

/** Known from now on in this window, so that a place isn't asked for twice. */
export function addPlace(place: Taken): void {
  const now = Date.now();
  keep([place, ...known.filter((one) => one.id !== place.id && Date.parse(one.until) > now)].slice(0, 8));
}

/** It is over. */
export function forgetPlaceOf(id: string): void {
  if (known.some((one) => one.id === id)) keep(known.filter((one) => one.id !== id));
}

/** The places that were taken in this window. */
export function usePlaces(): readonly Taken[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => known,
  );
}
