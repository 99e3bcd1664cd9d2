/** The state of a row being written: one draft for each column. Pure, so that its rules are tested. */
import { sameValue } from "../editors/compare";
import { type Draft, draftOf, parseDraft } from "../editors/draft";
import type { Column, Row } from "../model";

export type Drafts = Readonly<Record<string, Draft>>;

export interface FormProblem {
  code: string;
  params?: Record<string, string | number>;
}

export interface FormResult {
  values: Record<string, unknown>;
  problems: Record<string, FormProblem>;
}

/** Whether the database fills the column by itself when nothing is sent. */
export function hasDefault(column: Column): boolean {
  return column.default !== null || column.identity !== null || column.generated;
}

/** Whether a person may write the column when inserting. */
export function insertable(column: Column): boolean {
  return column.writable && !column.generated && column.identity !== "always";
}

/** Drafts of an empty row: defaults where there are some, NULL where allowed, blank where something must be typed. */
export function newDrafts(columns: readonly Column[]): Drafts {
  return Object.fromEntries(
    columns.map((column): [string, Draft] => [
      column.name,
      hasDefault(column) ? { text: "", isNull: false, isDefault: true } : { text: "", isNull: column.nullable },
    ]),
  );
}

export function rowDrafts(columns: readonly Column[], row: Row): Drafts {
  return Object.fromEntries(columns.map((column) => [column.name, draftOf(row[column.name], column)]));
}

/** What an insert sends: everything but defaults. */
export function insertValues(columns: readonly Column[], drafts: Drafts): FormResult {
  return collect(columns.filter(insertable), drafts, () => true);
}

/** What an update sends: only what differs from the row. */
export function changedValues(columns: readonly Column[], drafts: Drafts, row: Row): FormResult {
  return collect(columns, drafts, (column, value) => !sameValue(column, value, row[column.name]));
}

function collect(
  columns: readonly Column[],
  drafts: Drafts,
  wanted: (column: Column, value: unknown) => boolean,
): FormResult {
  const result: FormResult = { values: {}, problems: {} };
  for (const column of columns) {
    const draft = drafts[column.name];
    if (!draft || draft.isDefault) continue;
    const parsed = parseDraft(draft, column);
    if (!parsed.ok) result.problems[column.name] = { code: parsed.code, params: parsed.params };
    else if (wanted(column, parsed.value)) result.values[column.name] = parsed.value;
  }
  return result;
}
