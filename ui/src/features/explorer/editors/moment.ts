/** Days and times as PostgreSQL writes them, checked against the calendar. */

const DAY = /^(\d{4,6})-(\d{2})-(\d{2})$/;
const CLOCK = /^(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?$/;
export const OFFSET = /(Z|[+-]\d{2}(?::?\d{2})?(?::\d{2})?)$/i;

export const isInfinite = (text: string): boolean => /^-?infinity$/i.test(text);

/** The day in the form `2026-11-20`; undefined when there is no such day. ` BC` may follow. */
export function readDay(text: string): string | undefined {
  const bc = / BC$/i.test(text);
  const m = DAY.exec(bc ? text.slice(0, -3) : text);
  if (!m) return undefined;
  const [year, month, day] = [Number(m[1]), Number(m[2]), Number(m[3])];
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > daysIn(bc ? 1 - year : year, month)) return undefined;
  return `${m[1]}-${m[2]}-${m[3]}${bc ? " BC" : ""}`;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** `13:45:00.5` with seconds always there; undefined when there is no such time. 24:00 exists. */
export function readClock(text: string): string | undefined {
  const m = CLOCK.exec(text);
  if (!m) return undefined;
  const [hours, minutes, seconds] = [Number(m[1]), Number(m[2]), Number(m[3] ?? 0)];
  const end = hours === 24 && minutes === 0 && seconds === 0 && !m[4];
  if ((hours > 23 && !end) || minutes > 59 || seconds > 59) return undefined;
  return `${m[1]}:${m[2]}:${m[3] ?? "00"}${m[4] ?? ""}`;
}

/** Day and time of `2026-11-20 13:45`; a day alone means midnight. */
export function readDayAndClock(text: string): { day: string; clock: string } | undefined {
  const bc = / BC$/i.test(text);
  const [dayText = "", ...rest] = (bc ? text.slice(0, -3) : text).split(/[T ]+/);
  const day = readDay(dayText + (bc ? " BC" : ""));
  const clock = rest.length === 0 ? "00:00:00" : readClock(rest.join(" "));
  return day && clock ? { day, clock } : undefined;
}
