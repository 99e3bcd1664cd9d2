/** A row's identity: its primary key as text, for the address, the grid and filters. */
import { readList, writeList, writeName } from "~/kit/filter/quoting";
import type { QueryPairs } from "~/lib/api";
import type { Row, Table } from "./model";

/** `5` or `5,"a,b"`; undefined when the table has no primary key. */
export function keyOf(table: Pick<Table, "primary_key">, row: Row): string | undefined {
  if (table.primary_key.length === 0) return undefined;
  return writeList(table.primary_key.map((name) => String(row[name]))).slice(1, -1);
}

/** The values of a key text; undefined when it doesn't fit the table. */
export function keyValues(table: Pick<Table, "primary_key">, key: string): string[] | undefined {
  const values = readList(`(${key})`);
  return values && values.length > 0 && values.length === table.primary_key.length ? values : undefined;
}

/** The filter that matches exactly this row. */
export function keyFilter(table: Pick<Table, "primary_key">, key: string): QueryPairs | undefined {
  const values = keyValues(table, key);
  return values && table.primary_key.map((name, i) => [writeName(name), `eq.${values[i]}`] as [string, string]);
}

/** The filter that matches all these rows. */
export function keysFilter(table: Pick<Table, "primary_key">, keys: readonly string[]): QueryPairs | undefined {
  const rows = keys.map((key) => keyValues(table, key));
  if (rows.some((values) => values === undefined)) return undefined;
  const [only] = table.primary_key;
  if (table.primary_key.length === 1 && only !== undefined) {
    return [[writeName(only), `in.${writeList(rows.map((values) => values?.[0] ?? ""))}`]];
  }
  const one = (values: string[] | undefined) => {
    const parts = table.primary_key.map(
      (name, i) => `${writeName(name)}.eq.${writeList([values?.[i] ?? ""]).slice(1, -1)}`,
    );
    return `and(${parts.join(",")})`;
  };
  return [["or", `(${rows.map(one).join(",")})`]];
}
