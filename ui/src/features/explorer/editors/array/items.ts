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

const CATEGORIES: [RegExp, EditedColumn["category"]][] = [
  [/^(text|citext|name|character|varchar|char|bpchar)\b/, "text"],
  [/^(smallint|integer|int[24]?)$/, "int"],
  [/^(bigint|int8)$/, "bigint"],
  [/^(numeric|decimal)\b/, "numeric"],
  [/^(real|double precision|float[48]?)$/, "float"],
  [/^bool(ean)?$/, "bool"],
  [/^date$/, "date"],
  [/^timestamptz\b|^timestamp\b.*with time zone$/, "timestamptz"],
  [/^timestamp\b/, "timestamp"],
  [/^time(tz)?\b/, "time"],
  [/^interval\b/, "interval"],
  [/^uuid$/, "uuid"],
  [/^jsonb?$/, "json"],
  [/^bytea$/, "bytea"],
  [/range$/, "range"],
  [/^(inet|cidr|macaddr8?)$/, "network"],
];

/** The category of an array's elements, which the API tells by type only. */
function elementCategory(column: EditedColumn): EditedColumn["category"] {
  if (column.enum_values) return "enum";
  const type = column.element ?? column.type.replace(/(\[\])+$/, "");
  return CATEGORIES.find(([pattern]) => pattern.test(type))?.[1] ?? "other";
}

/** The column that an element would be. */
export function elementColumn(column: EditedColumn): EditedColumn {
  return {
    name: column.name,
    // With its modifiers, such as numeric(10,2), where the array's own type has them.
    type: column.type.endsWith("]") ? column.type.replace(/(\[\])+$/, "") : (column.element ?? column.type),
    category: elementCategory(column),
    nullable: true,
    max_length: column.max_length,
    enum_values: column.enum_values,
    element: null,
  };
}
