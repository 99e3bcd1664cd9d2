// How values read in the language and time zone of the person in front of the screen.
import i18next from "i18next";

function locale(): string {
  return i18next.language || "en";
}

const cache = new Map<string, unknown>();

/** Intl objects are costly to make; a list would make thousands. */
function kept<T>(key: string, make: () => T): T {
  const full = `${locale()}|${key}`;
  if (!cache.has(full)) cache.set(full, make());
  return cache.get(full) as T;
}

export function formatDateTime(value: string | Date): string {
  const options = { dateStyle: "medium", timeStyle: "medium" } as const;
  return kept("datetime", () => new Intl.DateTimeFormat(locale(), options)).format(new Date(value));
}

/** With the zone and, on hover, for those who compare with logs. */
export function formatExact(value: string | Date): string {
  const options = { dateStyle: "full", timeStyle: "long" } as const;
  return kept("exact", () => new Intl.DateTimeFormat(locale(), options)).format(new Date(value));
}

/** A calendar day has no zone: it must not move when the reader does. */
export function formatDate(value: string): string {
  const options = { dateStyle: "medium", timeZone: "UTC" } as const;
  return kept("date", () => new Intl.DateTimeFormat(locale(), options)).format(
    new Date(`${value.slice(0, 10)}T00:00Z`),
  );
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

export function formatRelative(value: string | Date, now: number): string {
  const seconds = Math.round((new Date(value).getTime() - now) / 1000);
  const format = kept("relative", () => new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" }));
  if (Math.abs(seconds) < 45) return i18next.t("time.now");
  const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ["second", 1];
  return format.format(Math.trunc(seconds / size), unit);
}

export function formatNumber(value: number): string {
  return kept("number", () => new Intl.NumberFormat(locale())).format(value);
}

/** Digits from the server may exceed what a float holds, so grouping is done on the text. */
export function formatExactNumber(value: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value);
  if (!match) return value;
  const [, sign = "", whole = "", fraction] = match;
  const grouped = kept("bigint", () => new Intl.NumberFormat(locale())).format(BigInt(whole));
  const point = kept("point", () =>
    new Intl.NumberFormat(locale()).formatToParts(1.5).find((p) => p.type === "decimal"),
  );
  return sign + grouped + (fraction === undefined ? "" : (point?.value ?? ".") + fraction);
}

/** "~1.2M" for estimates, full digits for exact numbers. */
export function formatCount(value: number, estimated: boolean): string {
  if (!estimated) return formatNumber(value);
  const compact = kept(
    "compact",
    () => new Intl.NumberFormat(locale(), { notation: "compact", maximumFractionDigits: 1, useGrouping: true }),
  );
  return `~${compact.format(value)}`;
}

/** "22 %" for 0.22; what is there but rounds to nothing is said to be less than one. */
export function formatPercent(share: number): string {
  const percent = kept("percent", () => new Intl.NumberFormat(locale(), { style: "percent" }));
  return share > 0 && share < 0.005 ? `<${percent.format(0.01)}` : percent.format(share);
}

export function formatBytes(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(1000)), units.length - 1);
  const unit = units[power] ?? "byte";
  const options = {
    style: "unit",
    unit,
    maximumFractionDigits: power ? 1 : 0,
    unitDisplay: power ? "short" : "long",
  } as const;
  return kept(unit, () => new Intl.NumberFormat(locale(), options)).format(bytes / 1000 ** power);
}
