/**
 * What an editor of a category offers. All drafts are text, so that NULL, empty, half-typed and wrong input
 * are handled the same way for every type; only `parse` decides what is sent.
 */
import type { ComponentType, Ref } from "react";
import type { Column } from "../model";

/** What an editor needs to know of a column; elements of arrays have one too. */
export type EditedColumn = Pick<
  Column,
  "name" | "type" | "category" | "nullable" | "max_length" | "enum_values" | "element"
>;

export type Parsed =
  | { ok: true; value: unknown }
  /** `code` is a key below `explorer.invalid` in the catalogues. */
  | { ok: false; code: string; params?: Record<string, string | number> };

export interface EditorInputProps {
  column: EditedColumn;
  text: string;
  onText: (text: string) => void;
  /** The draft is NULL: the input shows that and is empty. */
  isNull: boolean;
  id?: string;
  label: string;
  invalid: boolean;
  disabled?: boolean;
  autoFocus?: boolean;
  placeholder?: string;
  /** In a cell: as small as may be. */
  dense?: boolean;
  inputRef?: Ref<HTMLElement>;
}

export interface ValueEditor {
  /** The stored value as text to edit. Not called for NULL. */
  format: (value: unknown, column: EditedColumn) => string;
  /** The text as a value to send; surrounding blanks count only where the type keeps them. */
  parse: (text: string, column: EditedColumn) => Parsed;
  Input: ComponentType<EditorInputProps>;
  /** Enter makes a new line; Ctrl-Enter saves. */
  multiline?: boolean;
  /** '' is a value of the type, distinct from NULL. */
  emptyIsValue?: boolean;
}

export const valid = (value: unknown): Parsed => ({ ok: true, value });
export const invalid = (code: string, params?: Record<string, string | number>): Parsed => ({
  ok: false,
  code,
  params,
});

/** Text of anything the API sends for a type that travels as text. */
export function plainText(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
}
