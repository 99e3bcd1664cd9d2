/** What the stream of a table says, and what a grid does with it. */
import { writeList } from "~/kit/filter/quoting";

/** `away`: it will be back. `off`: not as things are; `why` says what stands against it. */
export interface LiveState {
  state: "starting" | "live" | "away" | "off";
  way: "log" | "triggers" | null;
  why: string | null;
  /** Every change is told; otherwise the page is read again now and then. */
  complete: boolean;
}

export type By =
  | { kind: "you" }
  | { kind: "panel"; name: string | null }
  | { kind: "database"; login: string | null }
  | { kind: "several" };

/** What one of them did; a number that isn't known is null. */
export interface Part {
  by: By;
  inserted: number | null;
  updated: number | null;
  deleted: number | null;
  truncated: boolean;
}

export interface Change {
  at: string;
  changes: Part[];
  keys: unknown[][] | null;
  deleted: string[][] | null;
}

/** Keys as the grid writes them; null where they aren't all known. */
export function touchedKeys(change: Change): string[] | null {
  if (change.keys === null || change.deleted === null) return null;
  return [...change.keys, ...change.deleted].map((key) => writeList(key.map(String)).slice(1, -1));
}

/** What others did: one's own changes are on the page already. */
export const ofOthers = (change: Change): Part[] => change.changes.filter((part) => part.by.kind !== "you");

const sum = (parts: readonly Part[], of: (part: Part) => number | null): number | null =>
  parts.reduce<number | null>((all, part) => {
    const one = of(part);
    return all === null || one === null ? null : all + one;
  }, 0);

/** Rows that others added; null for many. */
export const addedBy = (parts: readonly Part[]) => sum(parts, (part) => part.inserted);

export interface Said {
  verb: "inserted" | "updated" | "deleted" | "changed" | "truncated";
  /** null for many. */
  count: number | null;
  by: By;
}

/** One sentence about what was just done. */
export function said(parts: readonly Part[]): Said | null {
  const [first] = parts;
  if (first === undefined) return null;
  const by: By = parts.length === 1 ? first.by : { kind: "several" };
  if (parts.some((part) => part.truncated)) return { verb: "truncated", count: null, by };
  const counts = {
    inserted: sum(parts, (part) => part.inserted),
    updated: sum(parts, (part) => part.updated),
    deleted: sum(parts, (part) => part.deleted),
  };
  const done = (Object.keys(counts) as (keyof typeof counts)[]).filter((verb) => counts[verb] !== 0);
  const [only] = done;
  if (only === undefined) return null;
  if (done.length === 1) return { verb: only, count: counts[only], by };
  return {
    verb: "changed",
    count: done.reduce<number | null>((all, verb) => {
      const one = counts[verb];
      return all === null || one === null ? null : all + one;
    }, 0),
    by,
  };
}
