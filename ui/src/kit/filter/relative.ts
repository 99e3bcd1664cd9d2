/**
 * Stretches of time seen from now: "last 7 days", "this month".
 *
 * They stay relative in the address bar (`created_at=relative.last.7.day`), so that a shared link means the same
 * tomorrow, and become two bounds just before a request.
 */
import type { Category } from "./types";

export type RelativeUnit = "hour" | "day" | "week" | "month" | "year";
export type RelativeSpan =
  | { kind: "last" | "next"; count: number; unit: RelativeUnit }
  | { kind: "this" | "previous"; unit: RelativeUnit };

export const RELATIVE_UNITS: readonly RelativeUnit[] = ["hour", "day", "week", "month", "year"];

export function writeSpan(span: RelativeSpan): string {
  return span.kind === "last" || span.kind === "next"
    ? `${span.kind}.${span.count}.${span.unit}`
    : `${span.kind}.${span.unit}`;
}

export function readSpan(text: string): RelativeSpan | undefined {
  const m = /^(?:(last|next)\.([1-9]\d{0,4})|(this|previous))\.(hour|day|week|month|year)$/.exec(text);
  if (!m) return undefined;
  const unit = m[4] as RelativeUnit;
  if (m[1]) return { kind: m[1] as "last" | "next", count: Number(m[2]), unit };
  return { kind: m[3] as "this" | "previous", unit };
}

/** Start (included) and end (excluded) in local time. Days and longer start at midnight, weeks on Monday. */
export function spanBounds(span: RelativeSpan, now: Date): [Date, Date] {
  const { unit } = span;
  const start = startOf(unit, now);
  switch (span.kind) {
    case "this":
      return [start, shift(start, unit, 1)];
    case "previous":
      return [shift(start, unit, -1), start];
    case "last":
      // "Last 7 days" ends with today: six whole days and today so far.
      return [shift(start, unit, 1 - span.count), shift(start, unit, 1)];
    case "next":
      return [start, shift(start, unit, span.count)];
  }
}

function startOf(unit: RelativeUnit, at: Date): Date {
  const y = at.getFullYear();
  const m = at.getMonth();
  const d = at.getDate();
  switch (unit) {
    case "hour":
      return new Date(y, m, d, at.getHours());
    case "day":
      return new Date(y, m, d);
    case "week":
      return new Date(y, m, d - ((at.getDay() + 6) % 7));
    case "month":
      return new Date(y, m, 1);
    case "year":
      return new Date(y, 0, 1);
  }
}

function shift(at: Date, unit: RelativeUnit, n: number): Date {
  const [y, m, d, h] = [at.getFullYear(), at.getMonth(), at.getDate(), at.getHours()];
  switch (unit) {
    case "hour":
      return new Date(y, m, d, h + n);
    case "day":
      return new Date(y, m, d + n);
    case "week":
      return new Date(y, m, d + 7 * n);
    case "month":
      return new Date(y, m + n, 1);
    case "year":
      return new Date(y + n, 0, 1);
  }
}

const two = (n: number) => String(n).padStart(2, "0");

/** The bound as the column's type wants it: a day, a local time, or an instant. */
export function writeBound(at: Date, category: Category | undefined): string {
  if (category === "timestamptz" || category === undefined) return at.toISOString();
  const day = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  if (category === "date") return day;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
