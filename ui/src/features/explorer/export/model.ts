// An export that is made in the background, as the API tells it.
import { queryOptions } from "@tanstack/react-query";
import { API_BASE, api, type QueryPairs } from "~/lib/api";
import { tablePath } from "../data";
import type { TableRef } from "../model";

export const FORMATS = ["csv", "xlsx", "ndjson", "parquet"] as const;
export type Format = (typeof FORMATS)[number];

export const WAYS = ["now", "background"] as const;
export type Way = (typeof WAYS)[number];

export interface RowExport {
  id: string;
  source: string;
  schema: string;
  table: string;
  name: string;
  format: Format;
  revealed: boolean;
  status: "running" | "done" | "failed" | "cancelled" | "expired";
  rows: number;
  /** What the planner expects. */
  expected: number;
  bytes: string;
  percent: number;
  per_second: number | null;
  error: string | null;
  by: string;
  created_at: string;
  expires_at: string | null;
}

/** What the list shows, and how it is to be exported. */
export interface Wanted {
  tableRef: TableRef;
  /** The filter and the search of the list. */
  matching: QueryPairs;
  /** The list's `order`; "" without. */
  order: string;
  /** Columns that the list shows, in its order. */
  shown: readonly string[];
}

/** From so many rows on nobody wants to wait: sheets come once they are whole, the others as they are read. */
const MANY: Record<Format, number> = { csv: 200_000, ndjson: 200_000, xlsx: 20_000, parquet: 200_000 };

/** How most would want to have it. */
export function usualWay(format: Format, rows: number | null): Way {
  return rows !== null && rows >= MANY[format] ? "background" : "now";
}

export const exportsKey = ["row-exports"] as const;

export const exportQuery = (id: string) =>
  queryOptions({
    queryKey: [...exportsKey, id],
    queryFn: async ({ signal }) =>
      (await api.get<RowExport>(`/row-exports/${encodeURIComponent(id)}`, { signal })).data,
    // One that is being made is asked after until it has ended.
    refetchInterval: (query) => (query.state.data?.status === "running" ? 500 : false),
  });

export const exportsQuery = (ref: TableRef) =>
  queryOptions({
    queryKey: [...exportsKey, "of", ref.source, ref.schema, ref.table],
    queryFn: async ({ signal }) => (await api.get<RowExport[]>(`${tablePath(ref)}/exports`, { signal })).data,
    staleTime: 5_000,
    refetchInterval: (query) => (query.state.data?.some((made) => made.status === "running") ? 2_000 : false),
  });

/** Those of all tables: of them only so many are kept. */
export const allExportsQuery = queryOptions({
  queryKey: [...exportsKey, "all"],
  queryFn: async ({ signal }) => (await api.get<RowExport[]>("/row-exports", { signal })).data,
  staleTime: 0,
});

/** Where the browser itself takes the file: it writes it to its disk as it comes, and goes on where it broke off. */
export const fileOf = (made: RowExport) => `${API_BASE}/row-exports/${encodeURIComponent(made.id)}/file`;
