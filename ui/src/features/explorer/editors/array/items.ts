/** An array draft is JSON text of strings and NULLs, one for each element, so that every element keeps its own draft. */
import type { EditedColumn } from "../types";

export type Item = string | null;

/** The items of a draft; undefined when the text is no list of texts (arrays of arrays). */
export function readItems(text: string): Item[] | undefined {
  if (text.trim() === "") return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((one) => one === null || typeof one === "string") ? list : undefined;
  } catch {
    return undefined;
  }
}

export const writeItems = (items: readonly Item[]): string => JSON.stringify(items);

/** The column that an element would be. */
export function elementColumn(column: EditedColumn): EditedColumn {
  return {
    name: column.name,
    type: column.type.replace(/(\[\])+$/, ""),
    category: column.element ?? "text",
    nullable: true,
    max_length: column.max_length,
    enum_values: column.enum_values,
    element: null,
  };
}
