/** From a value to the row it points at. */
import { toAddressText } from "~/kit/filter";
import { writeName } from "~/kit/filter/quoting";
import type { QueryPairs } from "~/lib/api";
import type { ForeignKey, Referrer, Row, TableRef } from "../model";

/** The foreign key a column leads; keys of several columns are shown at their first. */
export function foreignKeyOf(keys: readonly ForeignKey[], column: string): ForeignKey | undefined {
  return (
    keys.find((key) => key.columns.length === 1 && key.columns[0] === column) ??
    keys.find((key) => key.columns[0] === column)
  );
}

/** The filter on the other table; undefined when the key is NULL here and points nowhere. */
export function targetFilter(key: ForeignKey, row: Row): QueryPairs | undefined {
  const pairs: [string, string][] = [];
  for (const [i, column] of key.columns.entries()) {
    const value = row[column];
    const target = key.target_columns[i];
    if (value === null || value === undefined || target === undefined) return undefined;
    pairs.push([writeName(target), `eq.${String(value)}`]);
  }
  return pairs;
}

/** An address put together at run time; the router's types know search parameters of fixed routes only. */
interface Address {
  to: string;
  search: never;
}

const address = (to: string, search: Record<string, string>): Address => ({ to, search: search as never });

/** The page of another table, filtered. */
export function filteredTable(source: string, schema: string, table: string, conditions: [string, unknown][]): Address {
  const filter = toAddressText({
    items: conditions.map(([column, value]) => ({ kind: "condition", column, op: "eq", value: String(value) })),
  });
  return address(tablePath({ source, schema, table }), { filter });
}

export const tablePath = ({ source, schema, table }: TableRef) =>
  `/admin/tables/${encodeURIComponent(source)}/${encodeURIComponent(schema)}/${encodeURIComponent(table)}`;

export function targetLink(source: string, key: ForeignKey, row: Row) {
  return filteredTable(
    source,
    key.schema,
    key.table,
    key.target_columns.map((target, i) => [target, row[key.columns[i] ?? ""]]),
  );
}

/** The rows of another table that point at this one. */
export function referrerLink(
  source: string,
  referrer: Pick<Referrer, "schema" | "table" | "columns" | "target_columns">,
  row: Row,
) {
  return filteredTable(
    source,
    referrer.schema,
    referrer.table,
    referrer.columns.map((column, i) => [column, row[referrer.target_columns[i] ?? ""]]),
  );
}

/** The list of a source's tables. */
export const sourceLink = (source: string): Address => address("/admin/tables", { source });
