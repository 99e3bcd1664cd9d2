/** Writing rows. Every write says which version it started from, so that nobody's change is overwritten unseen. */
import { api, type QueryPairs } from "~/lib/api";
import { rowPreferences, rowsPath, selectOf } from "./data";
import { keyFilter } from "./key";
import type { Row, Table, TableRef } from "./model";

const returning = ["return=representation", ...rowPreferences];

/** The row is no longer there. */
export class RowGone extends Error {
  constructor() {
    super("row gone");
    this.name = "RowGone";
  }
}

/**
 * Changes some columns of one row.
 * @param version what the row's `$version` was when the change was made
 * @throws Problem with `conflict` when the row was changed meanwhile, with `errors` when a rule of the table is broken
 */
export async function updateRow(
  ref: TableRef,
  table: Table,
  key: string,
  version: string | undefined,
  values: Record<string, unknown>,
): Promise<Row> {
  const reply = await api.patch<Row[]>(rowsPath(ref), values, {
    query: [...filterOf(table, key), ...selectOf(table.columns)],
    headers: { "Content-Profile": ref.schema },
    prefer: returning,
    version,
  });
  const row = reply.data?.[0];
  if (!row) throw new RowGone();
  return row;
}

export async function insertRow(
  ref: TableRef,
  table: Table,
  values: Record<string, unknown>,
  idempotencyKey: string,
): Promise<Row | null> {
  const reply = await api.post<Row[]>(rowsPath(ref), values, {
    query: selectOf(table.columns),
    headers: { "Content-Profile": ref.schema },
    prefer: returning,
    idempotencyKey,
  });
  return reply.data?.[0] ?? null;
}

/** Deletes one row, if it still is as it was seen. */
export async function deleteRow(ref: TableRef, table: Table, key: string, version: string | undefined): Promise<void> {
  await api.delete(rowsPath(ref), {
    query: filterOf(table, key),
    headers: { "Content-Profile": ref.schema },
    prefer: ["return=minimal"],
    version,
  });
}

/** Deletes all rows that the filter matches, in one statement: all or none. */
export async function deleteRows(ref: TableRef, filter: QueryPairs): Promise<void> {
  await api.delete(rowsPath(ref), {
    query: filter,
    headers: { "Content-Profile": ref.schema },
    prefer: ["return=minimal"],
  });
}

function filterOf(table: Table, key: string): QueryPairs {
  const filter = keyFilter(table, key);
  if (!filter) throw new RowGone();
  return filter;
}
