/** Values as plain text: for cells, copying and titles. */
import { editorOf } from "../editors/registry";
import { localText, readInstant, utcText } from "../editors/timestamptz/zone";
import type { Column } from "../model";
import { isShortened } from "../model";

type Typed = Pick<Column, "category">;

/** One line for a cell; NULL and '' are told apart by the cell itself. */
export function cellText(value: unknown, column: Typed): string {
  if (value === null || value === undefined) return "";
  if (isShortened(value)) return value.$short;
  switch (column.category) {
    case "timestamptz": {
      const read = readInstant(String(value));
      // The zone is the reader's own everywhere in the grid; the exact offset is in the title.
      return read ? localText(read).replace(/[+-]\d{2}:\d{2}$/, "") : String(value);
    }
    case "timestamp":
      return String(value).replace("T", " ");
    case "array":
      return Array.isArray(value)
        ? value.map((one) => (one === null ? "NULL" : inList(one))).join(", ")
        : String(value);
    case "json":
      return typeof value === "string" ? value : JSON.stringify(value);
    default:
      return typeof value === "object" ? JSON.stringify(value) : String(value);
  }
}

const inList = (one: unknown) => (one === "" ? '""' : typeof one === "object" ? JSON.stringify(one) : String(one));

/** What hovering over a cell says: the whole of a cut text, the UTC time of an instant. */
export function cellTitle(value: unknown, column: Typed): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (column.category === "timestamptz") {
    const read = readInstant(String(value));
    return read && `${localText(read)} · ${utcText(read)}`;
  }
  const text = cellText(value, column);
  return text.length > 24 ? text.slice(0, 500) : undefined;
}

/** The value as its editor would show it, for the clipboard; NULL becomes nothing. */
export function copyText(value: unknown, column: Column): string {
  if (value === null || value === undefined) return "";
  if (isShortened(value)) return value.$short;
  if (column.category === "array") return JSON.stringify(value);
  if (column.category === "timestamptz") return String(value);
  return editorOf(column.category).format(value, column);
}
