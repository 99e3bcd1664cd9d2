/** Whether a value to send says the same as the stored one. */
import { same } from "~/lib/same";
import { draftOf, parseDraft } from "./draft";
import { JsonError, parseExactJson } from "./json/exact";
import type { EditedColumn } from "./types";

/**
 * The stored value is read the way it would be typed, so that another spelling (`…Z` for `…+00:00`) is no change.
 * @param stored as the rows API gives it: JSON as text
 */
export function sameValue(column: EditedColumn, value: unknown, stored: unknown): boolean {
  if (value === null || stored === null || stored === undefined) return same(value, stored ?? null);
  const typed = parseDraft(draftOf(stored, column), column);
  // Exact numbers inside JSON are objects of their own; as text they compare digit by digit.
  return typed.ok ? JSON.stringify(value) === JSON.stringify(typed.value) : same(value, stored);
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
