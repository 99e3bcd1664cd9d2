/** Totals as people read them: "3,503" when counted, "~1.2M" when estimated. */
import type { GridTotal } from "./types";

/** The total in the reader's language; null when unknown. */
export function formatTotal(total: GridTotal, language: string): string | null {
  if (total.value === null || total.kind === "unknown") return null;
  if (total.kind === "exact") return new Intl.NumberFormat(language).format(total.value);
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
  return `~${short.format(total.value)}`;
}
