/** Whole numbers of all sizes, exact beyond 2^53. */
import { type EditedColumn, invalid, type Parsed, valid } from "./types";

const BITS: Record<string, bigint> = {
  smallint: 16n,
  int2: 16n,
  integer: 32n,
  int: 32n,
  int4: 32n,
  bigint: 64n,
  int8: 64n,
};

/** The smallest and largest value of the column's type. */
export function integerRange(column: EditedColumn): [bigint, bigint] {
  const bits = BITS[column.type.toLowerCase()] ?? (column.category === "bigint" ? 64n : 32n);
  const half = 1n << (bits - 1n);
  return [-half, half - 1n];
}

export function parseInteger(text: string, column: EditedColumn): Parsed {
  const trimmed = text.trim();
  if (trimmed === "") return invalid("blank");
  if (!/^[+-]?\d+$/.test(trimmed)) return invalid("integer");
  const value = BigInt(trimmed.replace(/^\+/, ""));
  const [least, most] = integerRange(column);
  if (value < least || value > most) return invalid("range", { least: String(least), most: String(most) });
  return valid(column.category === "int" ? Number(value) : String(value));
}
