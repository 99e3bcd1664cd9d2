/** Writing rows. Every write says which version it started from, so that nobody's change is overwritten unseen. */
import { writeName } from "~/kit/filter/quoting";
import { api, type QueryPairs, totalOf } from "~/lib/api";
import { fetchRow, rowsPath, tablePath } from "./data";
import { keyFilter, keyOf, keyValues } from "./key";
import type { Row, Table, TableRef } from "./model";

/** The row is no longer there. */
export class RowGone extends Error {
  constructor() {
    super("row gone");
    this.name = "RowGone";
  }
}

/** Names a change in the audit log, by which it can be undone; null when the server didn't say. */
export type ChangeId = string | null;

const changeOf = (headers: Headers): ChangeId => headers.get("Audit-Entry");

/**
 * Changes some columns of one row and reads it again the way lists show it (triggers may have changed more).
 * @param version what the row's `$version` was when the change was made
 * @throws Problem with `conflict` when the row was changed meanwhile, with `errors` when a rule of the table is broken
 */
export async function updateRow(
  ref: TableRef,
  table: Table,
  key: string,
  version: string | undefined,
  values: Record<string, unknown>,
): Promise<{ row: Row; change: ChangeId }> {
  const reply = await api.patch(rowsPath(ref), values, {
    query: filterOf(table, key),
    headers: { "Content-Profile": ref.schema },
    prefer: ["return=minimal"],
    version,
  });
  // Without a version a row that is gone is no error to the server; nothing was changed then.
  if (version === undefined && reply.headers.get("Content-Range")?.startsWith("*")) throw new RowGone();
  const row = await fetchRow(ref, table, changedKey(table, key, values));
  if (!row) throw new RowGone();
  return { row, change: changeOf(reply.headers) };
}

/** The key after a change, which may have changed the key itself. */
function changedKey(table: Table, key: string, values: Record<string, unknown>): string {
  const old = keyValues(table, key) ?? [];
  const row = Object.fromEntries(table.primary_key.map((name, i) => [name, name in values ? values[name] : old[i]]));
  return keyOf(table, row) ?? key;
}

/**
 * Inserts one row.
 * @returns its key, undefined when the table has none, and the change
 */
export async function insertRow(
  ref: TableRef,
  table: Table,
  values: Record<string, unknown>,
  idempotencyKey: string,
): Promise<{ key: string | undefined; change: ChangeId }> {
  const select = table.primary_key.map((name) => writeName(name)).join(",");
  const reply = await api.post<Row[]>(rowsPath(ref), values, {
    query: select === "" ? [] : [["select", select]],
    headers: { "Content-Profile": ref.schema },
    prefer: [select === "" ? "return=minimal" : "return=representation"],
    idempotencyKey,
  });
  const row = reply.data?.[0];
  return { key: row && keyOf(table, row), change: changeOf(reply.headers) };
}

/**
 * Changes, inserts and deletes many rows, each in its own way, all of them or none.
 * @throws Problem with `rows` where others changed the same, with `errors` at `changes.<number>.set.<column>`
 */
export async function commitChanges(
  ref: TableRef,
  changes: readonly object[],
  idempotencyKey: string,
): Promise<{ merged: number; change: ChangeId }> {
  const reply = await api.post<{ merged: number; entry: ChangeId }>(
    `${tablePath(ref)}/changes`,
    { changes },
    { idempotencyKey },
  );
  return { merged: reply.data.merged, change: reply.data.entry };
}

/**
 * Does the same in the database and takes it back at once.
 * @returns of each row what it was and would be, in the order of the changes
 */
export async function tryChanges(
  ref: TableRef,
  changes: readonly object[],
): Promise<{ before: Row | null; after: Row | null }[]> {
  const body = { changes, dry_run: true };
  const reply = await api.post<{ tried: { before: Row | null; after: Row | null }[] }>(
    `${tablePath(ref)}/changes`,
    body,
  );
  return reply.data.tried;
}

/** Deletes one row, if it still is as it was seen. */
export async function deleteRow(
  ref: TableRef,
  table: Table,
  key: string,
  version: string | undefined,
): Promise<ChangeId> {
  const reply = await api.delete(rowsPath(ref), {
    query: filterOf(table, key),
    headers: { "Content-Profile": ref.schema },
    prefer: ["return=minimal"],
    version,
  });
  return changeOf(reply.headers);
}

/**
 * Deletes all rows that the filter matches, in one statement: all or none.
 * @param most refused when more match by now
 * @returns how many there were, and the change
 */
export async function deleteRows(
  ref: TableRef,
  filter: QueryPairs,
  most: number,
): Promise<{ count: number; change: ChangeId }> {
  const reply = await api.delete(rowsPath(ref), {
    query: filter,
    headers: { "Content-Profile": ref.schema },
    prefer: ["return=minimal", "count=exact", "handling=strict", `max-affected=${most}`],
  });
  return { count: totalOf(reply.headers.get("Content-Range")) ?? most, change: changeOf(reply.headers) };
}

/**
 * Puts all rows that the filter matches into the trash, or takes them out of it, in one statement.
 * @param most refused when more match by now
 */
export async function trashRows(
  ref: TableRef,
  column: string,
  filter: QueryPairs,
  most: number,
  into: boolean,
): Promise<{ count: number; change: ChangeId }> {
  // The database's own clock: it reads the word as the time at which the change is made.
  const reply = await api.patch(
    rowsPath(ref),
    { [column]: into ? "now" : null },
    {
      query: filter,
      headers: { "Content-Profile": ref.schema },
      prefer: ["return=minimal", "count=exact", "handling=strict", `max-affected=${most}`],
    },
  );
  return { count: totalOf(reply.headers.get("Content-Range")) ?? most, change: changeOf(reply.headers) };
}

function filterOf(table: Table, key: string): QueryPairs {
  const filter = keyFilter(table, key);
  if (!filter) throw new RowGone();
  return filter;
}
