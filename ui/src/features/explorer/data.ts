/** Reading from the explorer's API: queries for the cache, one for each thing. */
import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
} from "@tanstack/react-query";
import type { FacetSource, Facets } from "~/kit/filter";
import { writeName } from "~/kit/filter/quoting";
import { api, type Page, type QueryPairs, totalOf } from "~/lib/api";
import { keyFilter } from "./key";
import type { Column, PlaceRole, ReferenceCount, Row, Source, Table, TableRef, TableSummary } from "./model";

/** Rows in the first page, which is to be there at once, and in those that scrolling adds. */
const FIRST_PAGE = 100;
const PAGE = 300;
/** Longer values come shortened to this many characters. */
export const SHORTEN = 2048;

export const rowPreferences = ["versions", `shorten=${SHORTEN}`];

/**
 * The columns to ask for. JSON comes as text: parsed, numbers beyond 2^53 inside it would be damaged,
 * and the JSON value null could not be told from NULL.
 */
export function selectOf(columns: readonly Column[]): QueryPairs {
  const readable = columns.filter((column) => column.readable);
  const plain = readable.length === columns.length && !readable.some((column) => jsonCast(column));
  if (plain || readable.length === 0) return [];
  return [["select", readable.map((column) => writeName(column.name) + jsonCast(column)).join(",")]];
}

/** What makes text of a column's JSON; nothing where there is none. */
function jsonCast({ category, element }: Column): string {
  if (category === "json") return "::text";
  return category === "array" && /^jsonb?$/.test(element ?? "") ? "::text[]" : "";
}

const part = encodeURIComponent;
export const rowsPath = ({ source, table }: TableRef) => `/data/${part(source)}/${part(table)}`;
export const tablePath = ({ source, schema, table }: TableRef) =>
  `/explorer/${part(source)}/tables/${part(schema)}/${part(table)}`;

export const sourcesQuery = queryOptions({
  queryKey: ["sources"],
  queryFn: async ({ signal }) => (await api.list<Source>("/sources", { query: [["limit", "1000"]], signal })).rows,
  staleTime: 60_000,
});

export const tablesQuery = (source: string) =>
  queryOptions({
    queryKey: ["explorer", source, "tables"],
    queryFn: async ({ signal }) => (await api.get<TableSummary[]>(`/explorer/${part(source)}/tables`, { signal })).data,
    staleTime: 30_000,
  });

/** In whose place a source can be seen. */
export const rolesQuery = (source: string) =>
  queryOptions({
    queryKey: ["explorer", source, "roles"],
    queryFn: async ({ signal }) => (await api.get<PlaceRole[]>(`/explorer/${part(source)}/roles`, { signal })).data,
    // Somebody may just have made what was missing.
    staleTime: 0,
  });

export const tableQuery = (ref: TableRef) =>
  queryOptions({
    queryKey: ["explorer", ref.source, "table", ref.schema, ref.table],
    queryFn: async ({ signal }) => (await api.get<Table>(tablePath(ref), { signal })).data,
    staleTime: 30_000,
  });

/** All cached rows, counts and references of one table. */
export const rowsKey = (ref: TableRef) => ["rows", ref.source, ref.schema, ref.table] as const;

export const rowsQuery = (ref: TableRef, table: Table, query: QueryPairs) =>
  infiniteQueryOptions({
    queryKey: [...rowsKey(ref), "list", query, selectOf(table.columns)],
    queryFn: ({ pageParam, signal }): Promise<Page<Row>> =>
      api.list<Row>(rowsPath(ref), {
        query: [
          ...query,
          ...selectOf(table.columns),
          ["limit", String(pageParam ? PAGE : FIRST_PAGE)],
          ...(pageParam ? [["cursor", pageParam] as [string, string]] : []),
        ],
        headers: { "Accept-Profile": ref.schema },
        prefer: rowPreferences,
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    // Every page loaded would be asked for again; there is a button for that.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    staleTime: 60_000,
  });

/** Pages that a refresh reads again; what was loaded beyond comes back by scrolling. */
const REFRESHED = 3;

/** Reads everything on screen about a table's rows again. */
export async function refreshRows(client: QueryClient, ref: TableRef): Promise<void> {
  client.setQueriesData<InfiniteData<Page<Row>>>(
    { queryKey: [...rowsKey(ref), "list"] },
    (old) => old && { pages: old.pages.slice(0, REFRESHED), pageParams: old.pageParams.slice(0, REFRESHED) },
  );
  await client.invalidateQueries({ queryKey: rowsKey(ref) });
}

export interface Count {
  value: number | null;
  /** False when the server gave an estimate, asked for or not. */
  exact: boolean;
}

export const countQuery = (ref: TableRef, query: QueryPairs, kind: "exact" | "estimated") =>
  queryOptions({
    queryKey: [...rowsKey(ref), "count", kind, query],
    queryFn: async ({ signal }): Promise<Count> => {
      const reply = await api.head(rowsPath(ref), {
        query: [...query, ["limit", "1"]],
        headers: { "Accept-Profile": ref.schema },
        prefer: [`count=${kind}`],
        signal,
      });
      const applied = reply.headers.get("Preference-Applied") ?? "";
      return {
        value: totalOf(reply.headers.get("Content-Range")),
        exact: kind === "exact" && !/count=(estimated|planned)/.test(applied),
      };
    },
    staleTime: 30_000,
  });

/** One row by its key as lists show it; null when it isn't there. */
export async function fetchRow(ref: TableRef, table: Table, key: string, signal?: AbortSignal): Promise<Row | null> {
  const filter = keyFilter(table, key);
  if (!filter) return null;
  const page = await api.list<Row>(rowsPath(ref), {
    query: [...filter, ...selectOf(table.columns), ["limit", "1"]],
    headers: { "Accept-Profile": ref.schema },
    prefer: rowPreferences,
    signal,
  });
  return page.rows[0] ?? null;
}

/** Where one row is kept: what it has of the table's columns is part of it, as that can change. */
export const rowKeyOf = (ref: TableRef, table: Table, key: string) =>
  [...rowsKey(ref), "row", key, selectOf(table.columns)] as const;

export const rowQuery = (ref: TableRef, table: Table, key: string) =>
  queryOptions({
    queryKey: rowKeyOf(ref, table, key),
    queryFn: ({ signal }) => fetchRow(ref, table, key, signal),
    staleTime: 5_000,
  });

/** The first row that a filter matches, for a peek behind a foreign key. */
export const peekQuery = (ref: TableRef, columns: readonly Column[], query: QueryPairs) =>
  queryOptions({
    queryKey: [...rowsKey(ref), "peek", query, selectOf(columns)],
    queryFn: async ({ signal }): Promise<Row | null> => {
      const page = await api.list<Row>(rowsPath(ref), {
        query: [...query, ...selectOf(columns), ["limit", "1"]],
        headers: { "Accept-Profile": ref.schema },
        prefer: ["shorten=200"],
        signal,
      });
      return page.rows[0] ?? null;
    },
    staleTime: 60_000,
  });

/** The whole values of some columns of one row, and its version at that moment. */
export async function fetchFull(
  ref: TableRef,
  table: Table,
  key: string,
  columns: readonly Column[],
): Promise<Row | null> {
  const filter = keyFilter(table, key);
  if (!filter) return null;
  const select = columns.map((column) => writeName(column.name) + jsonCast(column)).join(",");
  const page = await api.list<Row>(rowsPath(ref), {
    query: [...filter, ["select", select], ["limit", "1"]],
    headers: { "Accept-Profile": ref.schema },
    prefer: ["versions"],
  });
  return page.rows[0] ?? null;
}

export const referencesQuery = (ref: TableRef, filter: QueryPairs) =>
  queryOptions({
    queryKey: [...rowsKey(ref), "references", filter],
    queryFn: async ({ signal }) =>
      (await api.get<ReferenceCount[]>(`${tablePath(ref)}/references`, { query: filter, signal })).data,
    staleTime: 10_000,
  });

/** The most common values of a column, as the planner knows them. */
export const facetsOf = (ref: TableRef, column: string): FacetSource => ({
  key: ["explorer", ref.source, "facets", ref.schema, ref.table, column],
  load: async (signal) =>
    (await api.get<Facets>(`${tablePath(ref)}/facets`, { query: [["column", column]], signal })).data,
});

export interface Plan {
  /** The list will take long for want of an index. */
  slow: boolean;
  rows: string;
  /** What somebody may run to make it quick. */
  indexes: string[];
}

/** What a list will cost, before it runs. */
export const planQuery = (ref: TableRef, query: QueryPairs) =>
  queryOptions({
    queryKey: ["explorer", ref.source, "plan", ref.schema, ref.table, query],
    queryFn: async ({ signal }) => (await api.get<Plan>(`${tablePath(ref)}/plan`, { query, signal })).data,
    staleTime: 60_000,
    retry: false,
  });
