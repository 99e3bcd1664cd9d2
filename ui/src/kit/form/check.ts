// What can be said about a value before asking the server. The server decides; this only spares a round trip.
import { UnfinishedJson } from "~/kit/fields/json/input";
import type { FieldMeta } from "~/lib/meta";

export interface Finding {
  field: string;
  /** Key of the message in the catalogue, below `form.check`. */
  code: "required" | "integer" | "number" | "tooSmall" | "tooLarge" | "tooShort" | "tooLong" | "json" | "email";
  limit?: number;
}

function absent(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

function checkOne(field: FieldMeta, value: unknown): Omit<Finding, "field"> | null {
  if (value instanceof UnfinishedJson) return { code: "json" };
  if (absent(value)) return field.required && field.type !== "bool" ? { code: "required" } : null;
  const { min, max } = field;
  switch (field.type) {
    case "int":
      if (typeof value !== "number") return { code: "integer" };
      break;
    case "bigint":
      if (!/^[+-]?\d+$/.test(String(value))) return { code: "integer" };
      break;
    case "numeric":
    case "money":
      if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(String(value))) return { code: "number" };
      break;
    case "email":
      if (!/^[^\s@]+@[^\s@]+$/.test(String(value))) return { code: "email" };
      break;
  }
  if (["int", "bigint", "numeric", "money"].includes(field.type)) {
    if (min !== null && Number(value) < min) return { code: "tooSmall", limit: min };
    if (max !== null && Number(value) > max) return { code: "tooLarge", limit: max };
  } else if (typeof value === "string" && ["text", "long_text", "email", "url", "password"].includes(field.type)) {
    // Counted like PostgreSQL does, by characters and not by UTF-16 halves.
    const length = [...value].length;
    if (min !== null && length < min) return { code: "tooShort", limit: min };
    if (max !== null && length > max) return { code: "tooLong", limit: max };
  }
  return null;
}

export function check(fields: readonly FieldMeta[], values: Record<string, unknown>): Finding[] {
  return fields.flatMap((field) => {
    const found = checkOne(field, values[field.name]);
    return found ? [{ field: field.name, ...found }] : [];
  });
}
