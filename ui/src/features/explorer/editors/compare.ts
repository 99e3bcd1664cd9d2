/** Whether a value to send says the same as the stored one. */
import { same } from "~/lib/same";
import type { Column } from "../model";
import { JsonError, parseExactJson } from "./json/exact";

/** @param stored as the rows API gives it: JSON as text */
export function sameValue(column: Pick<Column, "category">, value: unknown, stored: unknown): boolean {
  if (column.category !== "json" || value === null || stored === null) return same(value, stored);
  return JSON.stringify(value) === JSON.stringify(parsedJson(stored));
}

/** A stored JSON value as data; text that is no JSON stays text. */
export function parsedJson(stored: unknown): unknown {
  if (typeof stored !== "string") return stored;
  try {
    return parseExactJson(stored);
  } catch (error) {
    if (error instanceof JsonError) return stored;
    throw error;
  }
}
