/** What is collected, or was written, in words: only the parts there are. */
import type { Counts } from "./collected";

type Say = (key: string, params?: Record<string, unknown>) => string;

/** `2 new rows · 3 changes in 2 rows · 1 row to delete` */
export function inWords(counts: Counts, t: Say): string {
  const rows = t("explorer.staged.rows", { count: counts.rows });
  return [
    counts.fresh > 0 && t("explorer.staged.countNew", { count: counts.fresh }),
    counts.cells > 0 && t("explorer.staged.count", { count: counts.cells, rows }),
    counts.doomed > 0 && t("explorer.staged.countDoomed", { count: counts.doomed }),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** What was done by a commit. */
export function summary(counts: Counts, t: Say): string {
  return [
    counts.fresh > 0 && t("explorer.staged.committedNew", { count: counts.fresh }),
    counts.rows > 0 && t("explorer.staged.committed", { count: counts.rows }),
    counts.doomed > 0 && t("explorer.staged.committedDoomed", { count: counts.doomed }),
  ]
    .filter(Boolean)
    .join(", ");
}
