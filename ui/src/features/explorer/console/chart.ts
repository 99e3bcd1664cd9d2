/** Which columns of a result make a chart, and the numbers in them. */
import { type Cell, isNumber, isTime, type Result, textOf } from "./frames";

export interface Choice {
  x: number;
  y: number[];
  kind: "line" | "bar";
}

/** Series that one chart shows at most. */
export const MOST_SERIES = 6;
/** Points beyond which bars are too thin to be seen. */
const BARS = 60;

const numeric = (result: Result) => (result.columns ?? []).flatMap((column, i) => (isNumber(column.type) ? [i] : []));

/** What a result most likely should look like; null when there is no number in it. */
export function guess(result: Result): Choice | null {
  const columns = result.columns ?? [];
  const numbers = numeric(result);
  if (numbers.length === 0 || result.rows.length === 0) return null;
  const time = columns.findIndex((column) => isTime(column.type));
  const words = columns.findIndex((column) => !isNumber(column.type) && !isTime(column.type));
  const x = time >= 0 ? time : words >= 0 ? words : (numbers[0] ?? 0);
  const y = numbers.filter((i) => i !== x).slice(0, 3);
  return {
    x,
    y: y.length > 0 ? y : numbers.slice(0, 1),
    kind: time >= 0 || result.rows.length > BARS ? "line" : "bar",
  };
}

export function numberOf(cell: Cell): number | null {
  const text = textOf(cell);
  if (text === null || text === "") return null;
  // money: $1,234.50
  const number = Number(text.replace(/[^\d.eE+-]/g, ""));
  return Number.isFinite(number) ? number : null;
}

/** Seconds since 1970 of a moment as PostgreSQL writes it; null for infinity. */
export function timeOf(cell: Cell): number | null {
  const text = textOf(cell);
  if (text === null) return null;
  const iso = text.replace(" ", "T").replace(/(:[\d.]+[+-]\d\d)$/, "$1:00");
  const parsed = Date.parse(/^\d{4}-\d\d-\d\d$/.test(iso) || /[+-]\d\d:\d\d$/.test(iso) ? iso : `${iso}Z`);
  return Number.isNaN(parsed) ? null : parsed / 1000;
}

export interface Drawn {
  xs: number[];
  /** Words below the x axis, where it is not made of numbers. */
  words: string[] | null;
  isTime: boolean;
  series: { name: string; values: (number | null)[] }[];
}

export function drawn(result: Result, choice: Choice): Drawn {
  const columns = result.columns ?? [];
  const type = columns[choice.x]?.type ?? "";
  const time = isTime(type);
  const plain = choice.kind === "line" && (time || isNumber(type));
  let rows = result.rows.map((row, at) => {
    const cell = row[choice.x] ?? null;
    return { row, x: plain ? (time ? timeOf(cell) : numberOf(cell)) : at };
  });
  rows = rows.filter((one) => one.x !== null);
  if (plain) rows.sort((a, b) => (a.x ?? 0) - (b.x ?? 0));
  return {
    xs: rows.map((one) => one.x ?? 0),
    words: plain ? null : rows.map((one) => textOf(one.row[choice.x] ?? null) ?? "NULL"),
    isTime: plain && time,
    series: choice.y.map((i) => ({
      name: columns[i]?.name ?? "",
      values: rows.map((one) => numberOf(one.row[i] ?? null)),
    })),
  };
}
