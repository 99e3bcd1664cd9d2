/** How a row is named where it stands alone. */
import { cellText } from "../cells/text";
import type { Row, Table } from "../model";

/** Key and the first telling text of a row. */
export function nameOf(table: Table, row: Row): string {
  const key = table.primary_key.map((name) => `${name} = ${String(row[name])}`).join(", ");
  const text = table.columns.find((c) => c.category === "text" && c.readable && row[c.name] !== null);
  return `${table.name}: ${key}${text ? ` · ${cellText(row[text.name], text).slice(0, 80)}` : ""}`;
}
