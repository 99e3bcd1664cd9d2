/** New rows that are collected: each as its form has it, so that it can be opened again. Pure. */
import { type Draft, draftOf, parseDraft } from "../editors/draft";
import type { Column, Row, Table } from "../model";
import { type Drafts, type FormResult, insertable, insertValues } from "../row/form";
import { shownOf } from "./staged";

export interface FreshRow {
  /** No key of a stored row is like it: PostgreSQL's texts hold no NUL. */
  key: string;
  drafts: Drafts;
  /** What the database said of its columns. */
  refused: Readonly<Record<string, string>>;
  /** What it said of the row. */
  problem: string | null;
}

export type Fresh = ReadonlyMap<string, FreshRow>;

export const NOTHING_FRESH: Fresh = new Map();

/** A key that no row here has had yet. */
export const freshKey = (number: number) => `\u0000${number}`;
export const isFresh = (key: string) => key.startsWith("\u0000");

/** Adds a row, or puts another form of it in its place. */
export function keep(fresh: Fresh, key: string, drafts: Drafts): Fresh {
  return new Map(fresh).set(key, { key, drafts, refused: {}, problem: null });
}

/** Changes some fields of a row. */
export function fill(fresh: Fresh, key: string, fields: readonly (readonly [string, Draft])[]): Fresh {
  const row = fresh.get(key);
  if (!row || fields.length === 0) return fresh;
  const refused = { ...row.refused };
  for (const [name] of fields) delete refused[name];
  const drafts = { ...row.drafts, ...Object.fromEntries(fields) };
  return new Map(fresh).set(key, { key, drafts, refused, problem: null });
}

export function dropFresh(fresh: Fresh, keys: readonly string[]): Fresh {
  return new Map([...fresh].filter(([key]) => !keys.includes(key)));
}

export function refuseFresh(fresh: Fresh, key: string, column: string | null, text: string): Fresh {
  const row = fresh.get(key);
  if (!row) return fresh;
  const field = column !== null && column in row.drafts ? column : null;
  const next = field === null ? { ...row, problem: text } : { ...row, refused: { ...row.refused, [field]: text } };
  return new Map(fresh).set(key, next);
}

export function forgiveFresh(fresh: Fresh): Fresh {
  return new Map([...fresh].map(([key, row]) => [key, { ...row, refused: {}, problem: null }]));
}

/** What a new row sends, and what is wrong with it. */
export function valuesOf(row: FreshRow, table: Table): FormResult {
  return insertValues(table.columns, row.drafts);
}

/** A value as the form would have it. */
export function toDraft(column: Column, value: unknown): Draft {
  return draftOf(shownOf(column, value), column);
}

/** The row as the grid shows it. What the database gives by itself isn't there. */
export function asRow(row: FreshRow, table: Table): Row {
  const shown: Row = { $new: row.key };
  for (const column of table.columns) {
    const draft = row.drafts[column.name];
    if (!draft || draft.isDefault || !insertable(column)) continue;
    const parsed = parseDraft(draft, column);
    shown[column.name] = parsed.ok ? shownOf(column, parsed.value) : draft.text;
  }
  return shown;
}
