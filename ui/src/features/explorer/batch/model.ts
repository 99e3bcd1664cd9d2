// A batch as the API tells it: every row that a filter finds is changed or deleted.
import { queryOptions } from "@tanstack/react-query";
import { api, type QueryPairs } from "~/lib/api";
import { tablePath } from "../data";
import { parseDraft } from "../editors/draft";
import { keyValues } from "../key";
import type { Permitted, ReferenceCount, Row, Table, TableRef } from "../model";
import type { Drafts, FormProblem } from "../row/form";

export const MODES = ["atomic", "chunked"] as const;
export type Mode = (typeof MODES)[number];

/** Which rows, and what with them, as the page hands it over. */
export interface Many {
  verb: "update" | "delete";
  filter: QueryPairs;
  /** Keys of rows that were taken out again. */
  except: readonly string[];
  /** How many that were when they were chosen; null when nobody counted. */
  count: number | null;
  /** What is set, where that is not asked: into the trash or out of it. */
  set?: Record<string, unknown>;
}

export interface Asked {
  verb: Many["verb"];
  filter: string;
  set?: Record<string, unknown>;
  defaults?: string[];
  except?: Record<string, string>[];
}

export interface Preview {
  rows: number;
  /** null when whoever asks may not see rows. */
  sample: { before: Row; after: Row | null }[] | null;
  refused: { detail: string; errors: { field: string; message: string }[] } | null;
  references: ReferenceCount[];
  triggers: { name: string; function: string; timing: string; each: "row" | "statement" }[];
  undo: Permitted;
}

export interface Batch {
  id: string;
  verb: "update" | "delete" | "undo";
  mode: Mode;
  filter: string | null;
  expected: number;
  status: "running" | "paused" | "done" | "failed" | "cancelled";
  wish: "pause" | "cancel" | null;
  changed: number;
  skipped: number;
  percent: number;
  per_second: number | null;
  error: string | null;
  undo: Permitted;
  undoes: string | null;
  undone_by: string | null;
  created_at: string;
}

export const isOpen = (batch: Batch) => batch.status === "running" || batch.status === "paused";

export const batchesKey = ["row-batches"] as const;

export const batchQuery = (id: string) =>
  queryOptions({
    queryKey: [...batchesKey, id],
    queryFn: async ({ signal }) => (await api.get<Batch>(`/row-batches/${encodeURIComponent(id)}`, { signal })).data,
    // One that runs is asked after until it has ended.
    refetchInterval: (query) => (query.state.data?.status === "running" ? 500 : false),
  });

export const batchesQuery = (ref: TableRef) =>
  queryOptions({
    queryKey: [...batchesKey, "of", ref.source, ref.schema, ref.table],
    queryFn: async ({ signal }) => (await api.get<Batch[]>(`${tablePath(ref)}/batches`, { signal })).data,
    staleTime: 5_000,
    refetchInterval: (query) => (query.state.data?.some((batch) => batch.status === "running") ? 2_000 : false),
  });

export const previewQuery = (ref: TableRef, asked: Asked) =>
  queryOptions({
    queryKey: [...batchesKey, "preview", ref.source, ref.schema, ref.table, asked],
    queryFn: async ({ signal }) =>
      (await api.post<Preview>(`${tablePath(ref)}/batches/preview`, asked, { signal })).data,
    // Looked at anew each time: it is the number that is decided by.
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });

export interface Values {
  set: Record<string, unknown>;
  defaults: string[];
  problems: Record<string, FormProblem>;
}

/** What the chosen columns become, and what is wrong with it. */
export function valuesOf(table: Pick<Table, "columns">, drafts: Drafts): Values {
  const values: Values = { set: {}, defaults: [], problems: {} };
  for (const column of table.columns) {
    const draft = drafts[column.name];
    if (!draft) continue;
    if (draft.isDefault) {
      values.defaults.push(column.name);
      continue;
    }
    const parsed = parseDraft(draft, column);
    if (parsed.ok) values.set[column.name] = parsed.value;
    else values.problems[column.name] = { code: parsed.code, params: parsed.params };
  }
  return values;
}

/** What is sent; the filter as it stands in an address. */
export function askedOf(table: Pick<Table, "primary_key">, many: Many, values?: Values): Asked {
  const asked: Asked = { verb: many.verb, filter: new URLSearchParams(many.filter.map(([n, v]) => [n, v])).toString() };
  if (many.verb === "update") {
    asked.set = values?.set ?? many.set ?? {};
    if (values && values.defaults.length > 0) asked.defaults = values.defaults;
  }
  const except = many.except.flatMap((key) => {
    const parts = keyValues(table, key);
    return parts ? [Object.fromEntries(table.primary_key.map((name, i) => [name, parts[i] ?? ""]))] : [];
  });
  if (except.length > 0) asked.except = except;
  return asked;
}

/** What stands in the way of deleting: rows elsewhere that may not lose what they point to. */
export function blockers(preview: Preview): ReferenceCount[] {
  return preview.references.filter(
    (one) => one.count !== null && one.count > 0 && (one.on_delete === "restrict" || one.on_delete === "no_action"),
  );
}
