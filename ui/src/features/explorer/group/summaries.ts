/** What a group can be summed up by, as the address and the API write it. */

import { writeName } from "~/kit/filter/quoting";
import type { QueryPairs } from "~/lib/api";
import type { Column, Table } from "../model";

export const FUNCTIONS = ["sum", "avg", "min", "max"] as const;
export type SummaryFunction = (typeof FUNCTIONS)[number];

export interface Summary {
  column: Column;
  by: SummaryFunction;
  /** Its name in a row, which no column has. */
  key: string;
}

const NUMBERS: readonly Column["category"][] = ["int", "bigint", "numeric", "float"];
/** Without a sum, but with a first and a last. */
const ORDERED: readonly Column["category"][] = ["date", "time", "timestamp", "timestamptz"];
const UNGROUPED: readonly Column["category"][] = ["json", "bytea", "other"];

export function functionsOf(column: Column): readonly SummaryFunction[] {
  if (!column.readable) return [];
  // Keys are names, not amounts.
  if (NUMBERS.includes(column.category)) return column.primary_key === null ? FUNCTIONS : ["min", "max"];
  return ORDERED.includes(column.category) ? ["min", "max"] : [];
}

/** Whether rows can be put together by it. */
export const canGroup = (column: Column): boolean => column.readable && !UNGROUPED.includes(column.category);

export const writeSummary = (column: string, by: SummaryFunction): string => `${by}.${column}`;

/** Summaries from the address; what the table doesn't have is left out. */
export function readSummaries(table: Table, text: string | undefined): Summary[] {
  return (text ?? "").split(",").flatMap((word) => {
    const dot = word.indexOf(".");
    const by = FUNCTIONS.find((one) => one === word.slice(0, dot));
    const column = table.columns.find((one) => one.name === word.slice(dot + 1));
    return by && column && functionsOf(column).includes(by) ? [{ column, by, key: word }] : [];
  });
}

/** The name of the count, which is not that of the column beside it. */
export const countKey = (column: Column): string => (column.name === "count" ? "rows" : "count");

/** What to ask for: the value that rows have in common, how many there are, and the summaries. */
/** What a list of groups asks beside its filters, the largest group first. */
export function groupedQuery(column: Column, summaries: readonly Summary[]): QueryPairs {
  return [
    ["select", selectOf(column, summaries)],
    ["order", `${writeName(countKey(column))}.desc`],
  ];
}

export function selectOf(column: Column, summaries: readonly Summary[]): string {
  const summed = summaries.map(({ column: of, by, key }) => `${writeName(key)}:${writeName(of.name)}.${by}()`);
  return [writeName(column.name), `${countKey(column)}:count()`, ...summed].join(",");
}
