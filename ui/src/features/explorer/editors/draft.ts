/** A value being edited: text, or NULL, or left to the database. */
import type { Column } from "../model";
import { editorOf } from "./registry";
import { type EditedColumn, invalid, type Parsed, valid } from "./types";

export interface Draft {
  text: string;
  isNull: boolean;
  /** Not sent at all: the column's default (or NULL) applies. Only when inserting. */
  isDefault?: boolean;
}

export function draftOf(value: unknown, column: EditedColumn): Draft {
  if (value === null || value === undefined) return { text: "", isNull: true };
  return { text: editorOf(column.category).format(value, column), isNull: false };
}

/** The value to send, or what is wrong with it. */
export function parseDraft(draft: Draft, column: EditedColumn): Parsed {
  if (draft.isNull) return column.nullable ? valid(null) : invalid("notNull");
  return editorOf(column.category).parse(draft.text, column);
}

/** Whether typing nothing is a mistake here rather than an empty value. */
export function emptyIsValue(column: Pick<Column, "category">): boolean {
  return editorOf(column.category).emptyIsValue ?? false;
}
