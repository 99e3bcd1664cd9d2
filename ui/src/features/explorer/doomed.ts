/** Which rows are to be deleted, as the filter that names them. Pure, so that its rules are tested. */
import { writeName } from "~/kit/filter/quoting";
import type { QueryPairs } from "~/lib/api";
import { keysFilter } from "./key";
import type { Table } from "./model";

/** The server changes no more than this in one statement. */
export const MOST_AT_ONCE = 1000;

export interface Doomed {
  /** The keys of rows picked one by one; null when the filter alone says which. */
  keys: readonly string[] | null;
  filter: QueryPairs;
  count: number;
}

export function doomedKeys(table: Table, keys: readonly string[]): Doomed {
  return { keys, filter: keysFilter(table, keys) ?? [], count: keys.length };
}

/** Everything that matches but the rows taken out again. */
export function doomedMatching(table: Table, matching: QueryPairs, except: readonly string[], count: number): Doomed {
  const [first = ""] = table.primary_key;
  // A write without a filter is refused; this one holds for every row and says that every row is meant.
  const filter: QueryPairs = matching.length > 0 ? [...matching] : [[writeName(first), "not.is.null"]];
  const kept = except.length > 0 ? (keysFilter(table, except) ?? []) : [];
  const without = kept.map(([name, value]): [string, string] =>
    name === "or" ? ["not.or", value] : [name, `not.${value}`],
  );
  return { keys: null, filter: [...filter, ...without], count };
}
