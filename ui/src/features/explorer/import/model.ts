// An import of rows as the API tells it.
import { queryOptions } from "@tanstack/react-query";
import { api } from "~/lib/api";
import { tablePath } from "../data";
import type { Table, TableRef } from "../model";

export const MODES = ["insert", "upsert", "skip", "update"] as const;
export type Mode = (typeof MODES)[number];

/** Where the values of a column come from. */
export type Fill = { column: string } | { value: string | null };

export interface Settings {
  columns: Record<string, Fill> | null;
  mode: Mode;
  key: string[] | null;
  null: string | null;
  whole: boolean;
}

export interface Reject {
  line: number;
  column: string | null;
  reason: string;
}

export interface Report {
  /** It was only tried. */
  tried: boolean;
  rows: number;
  inserted: number;
  updated: number;
  skipped: number;
  rejected: number;
  /** The first of them; the file has more. */
  rejects: Reject[];
}

export interface FileColumn {
  name: string;
  samples: (string | null)[];
  looks: string;
  target: string | null;
}

export interface RowImport {
  id: string;
  name: string;
  format: "csv" | "ndjson";
  encoding: string;
  delimiter: string | null;
  header: boolean;
  status: "new" | "checking" | "running" | "done" | "failed" | "cancelled";
  bytes: string;
  rows: number;
  columns: FileColumn[];
  settings: Settings | null;
  report: Report | null;
  error: string | null;
  done: number;
  percent: number;
  per_second: number | null;
  kept: boolean;
  created_at: string;
}

export const isBusy = (made: RowImport) => made.status === "checking" || made.status === "running";

export const importsKey = ["row-imports"] as const;

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: [...importsKey, id],
    queryFn: async ({ signal }) =>
      (await api.get<RowImport>(`/row-imports/${encodeURIComponent(id)}`, { signal })).data,
    // One that is worked on is asked after until it has ended.
    refetchInterval: (query) => (query.state.data && isBusy(query.state.data) ? 700 : false),
  });

export const importsQuery = (ref: TableRef) =>
  queryOptions({
    queryKey: [...importsKey, "of", ref.source, ref.schema, ref.table],
    queryFn: async ({ signal }) => (await api.get<RowImport[]>(`${tablePath(ref)}/imports`, { signal })).data,
    staleTime: 0,
  });

/** How a file is meant to be imported before anybody has said so: everything that is called the same. */
export function guessed(made: RowImport, table: Table): Settings {
  const columns: Record<string, Fill> = {};
  for (const { name, target } of made.columns) {
    if (target !== null && table.columns.some((column) => column.name === target && column.writable))
      columns[target] = { column: name };
  }
  return { columns, mode: table.insert.allowed ? "insert" : "update", key: null, null: null, whole: false };
}

/** The column of the table that a column of the file goes into; "" when it is left out. */
export function targetOf(settings: Settings, file: string): string {
  const found = Object.entries(settings.columns ?? {}).find(([, fill]) => "column" in fill && fill.column === file);
  return found?.[0] ?? "";
}

/** The settings with a column of the file going elsewhere; what went there before goes nowhere. */
export function withTarget(settings: Settings, file: string, target: string): Settings {
  const columns = { ...settings.columns };
  const before = targetOf(settings, file);
  if (before !== "") delete columns[before];
  if (target !== "") columns[target] = { column: file };
  return { ...settings, columns };
}

/** The settings with the same value in every row; undefined takes it away. */
export function withValue(settings: Settings, target: string, value: string | null | undefined): Settings {
  const columns = { ...settings.columns };
  delete columns[target];
  if (value !== undefined) columns[target] = { value };
  return { ...settings, columns };
}

/** Columns with the same value in every row. */
export function valuesOf(settings: Settings): [string, string | null][] {
  return Object.entries(settings.columns ?? {}).flatMap(([name, fill]) =>
    "value" in fill ? [[name, fill.value] as [string, string | null]] : [],
  );
}

/** Everything by which a row of the table can be found, the primary key first. */
export function keysOf(table: Table): string[][] {
  const keys = [table.primary_key, ...table.uniques.map((unique) => unique.columns)];
  const known = (name: string) => table.columns.some((column) => column.name === name);
  for (const index of table.indexes) if (index.unique && index.columns.every(known)) keys.push(index.columns);
  const seen = new Set<string>();
  return keys.filter((key) => {
    const text = [...key].sort().join("\n");
    const fresh = key.length > 0 && !seen.has(text);
    seen.add(text);
    return fresh;
  });
}

/** Columns that nothing goes into though they need something. */
export function missing(settings: Settings, table: Table): string[] {
  if (settings.mode === "update") return [];
  return table.columns
    .filter((column) => !column.nullable && column.default === null && column.identity === null && !column.generated)
    .filter((column) => settings.columns?.[column.name] === undefined)
    .map((column) => column.name);
}
