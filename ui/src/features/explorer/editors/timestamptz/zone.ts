/** Instants with microseconds, shown in the reader's zone. JavaScript's Date keeps milliseconds only, so the fraction stays text. */
import { OFFSET, readDayAndClock } from "../moment";

const INSTANT = /^(\d{4,6}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d{1,6})?(Z|[+-]\d{2}(?::?\d{2})?)$/;

export interface Instant {
  /** Whole seconds. */
  at: Date;
  /** `.123456` or "". */
  fraction: string;
}

/** Reads what the API sends; undefined for infinity, BC and other things a Date can't hold. */
export function readInstant(text: string): Instant | undefined {
  const m = INSTANT.exec(text);
  if (!m) return undefined;
  const at = new Date(`${yearOf(m[1] ?? "")}T${m[2]}${offsetOf(m[4] ?? "Z")}`);
  return Number.isNaN(at.getTime()) ? undefined : { at, fraction: (m[3] ?? "").replace(/\.?0+$/, "") };
}

/** Date wants years beyond 9999 with sign and six digits. */
function yearOf(day: string): string {
  const dash = day.indexOf("-");
  return dash === 4 ? day : `+${day.slice(0, dash).padStart(6, "0")}${day.slice(dash)}`;
}

function offsetOf(offset: string): string {
  if (/^z$/i.test(offset)) return "Z";
  const digits = offset.slice(1).replace(":", "").padEnd(4, "0");
  return `${offset[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

const two = (n: number) => String(Math.floor(n)).padStart(2, "0");

function offsetText(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(size / 60)}:${two(size % 60)}`;
}

/** `2026-11-20 14:45:00.123456+01:00` in the reader's zone. */
export function localText({ at, fraction }: Instant): string {
  const day = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}${fraction}${offsetText(at)}`;
}

/** `2026-11-20 13:45:00.123456 UTC`. */
export function utcText({ at, fraction }: Instant): string {
  return `${at.toISOString().slice(0, -5).replace("T", " ")}${fraction} UTC`;
}

/** Reads what people type; without an offset it is meant in their own zone. Undefined when it is no time. */
export function typedInstant(text: string): Instant | undefined {
  const offset = /\d{2}:\d{2}/.test(text) ? (OFFSET.exec(text)?.[0] ?? "") : "";
  const read = readDayAndClock(text.slice(0, text.length - offset.length).trim());
  if (!read || read.day.endsWith(" BC")) return undefined;
  const dot = read.clock.indexOf(".");
  const clock = dot < 0 ? read.clock : read.clock.slice(0, dot);
  const at = new Date(`${yearOf(read.day)}T${clock}${offset && offsetOf(offset)}`);
  if (Number.isNaN(at.getTime())) return undefined;
  return { at, fraction: dot < 0 ? "" : read.clock.slice(dot).replace(/\.?0+$/, "") };
}

/** The instant as it is sent, in UTC with every digit. */
export function instantText({ at, fraction }: Instant): string {
  return `${at.toISOString().slice(0, -5)}${fraction}Z`;
}
