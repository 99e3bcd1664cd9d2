// Why sensitive columns are shown at the moment: said once for a table or for the SQL of a source, and then sent with every
// request about it, so that each is in the audit log. Forgotten with the page, or after a quarter of an hour.
import { useSyncExternalStore } from "react";

/** By which a request says why. */
const HEADER = "Reveal-Reason";
const LASTS = 15 * 60_000;

/** What is revealed: a table, or whatever SQL of somebody's own may read of a source. */
export interface Revealed {
  source: string;
  /** None for SQL, and for changes of tables that are written in it. */
  schema?: string;
  table?: string;
}

const reasons = new Map<string, { reason: string; over: ReturnType<typeof setTimeout> }>();
const listeners = new Set<() => void>();
const keyOf = ({ source, schema, table }: Revealed) => JSON.stringify([source, schema, table]);

function changed(): void {
  for (const listener of listeners) listener();
}

export function reveal(what: Revealed, reason: string, whenOver?: () => void): void {
  conceal(what);
  const over = setTimeout(() => {
    conceal(what);
    whenOver?.();
  }, LASTS);
  reasons.set(keyOf(what), { reason, over });
  changed();
}

export function conceal(what: Revealed): void {
  const known = reasons.get(keyOf(what));
  if (!known) return;
  clearTimeout(known.over);
  reasons.delete(keyOf(what));
  changed();
}

/** The reason that was given, while it lasts. */
export function useRevealed(what: Revealed): string | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => reasons.get(keyOf(what))?.reason ?? null,
  );
}

/** What a request to this path says. The schema of rows is in their header. */
export function revealHeader(path: string, headers: Headers): Record<string, string> {
  const [, room, source, third, fourth, fifth] = path.split("/").map(decodeURIComponent);
  if (source === undefined) return {};
  const schema = headers.get("Accept-Profile") ?? headers.get("Content-Profile") ?? "public";
  const about: Revealed | null =
    room === "data"
      ? { source, schema, table: third }
      : room === "explorer" && third === "tables" && fifth !== undefined
        ? { source, schema: fourth, table: fifth }
        : room === "explorer" && (third === "sql" || third === "schema")
          ? { source }
          : null;
  const reason = about && reasons.get(keyOf(about))?.reason;
  return reason ? { [HEADER]: encodeURIComponent(reason) } : {};
}
