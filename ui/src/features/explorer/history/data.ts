/** What happened to a row, and taking it back. */
import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, type QueryPairs } from "~/lib/api";
import { rowsKey, tablePath } from "../data";
import { keyFilter } from "../key";
import type { Permitted, Table, TableRef } from "../model";

export interface HistoryEntry {
  id: string;
  at: string;
  action: "rows.create" | "rows.update" | "rows.delete";
  actor_kind: string;
  actor_label: string;
  subject_label: string | null;
  detail: string | null;
  request_id: string;
  fields: { field: string; before: unknown; after: unknown }[];
  undo: Permitted;
}

interface HistoryPage {
  entries: HistoryEntry[];
  more: boolean;
}

export const historyQuery = (ref: TableRef, table: Table, key: string) =>
  infiniteQueryOptions({
    queryKey: [...rowsKey(ref), "history", key],
    queryFn: async ({ pageParam, signal }): Promise<HistoryPage> => {
      const filter: QueryPairs = keyFilter(table, key) ?? [];
      const query: QueryPairs = pageParam === "" ? filter : [...filter, ["before", pageParam]];
      return (await api.get<HistoryPage>(`${tablePath(ref)}/history`, { query, signal })).data;
    },
    initialPageParam: "",
    getNextPageParam: (page) => (page.more ? page.entries.at(-1)?.id : undefined),
    staleTime: 0,
  });

export interface Undone {
  rows: number;
  /** The undo itself, which can be undone as well; null after a trial. */
  entry: string | null;
}

/** Takes back what a request changed, or one row of it. */
export async function undoChange(
  ref: TableRef,
  entry: string,
  options: { only?: boolean; dryRun?: boolean } = {},
): Promise<Undone> {
  const body = { entry, only: options.only ?? false, dry_run: options.dryRun ?? false };
  return (await api.post<Undone>(`${tablePath(ref)}/undo`, body)).data;
}
