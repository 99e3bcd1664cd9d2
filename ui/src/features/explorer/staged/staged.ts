/** Changes that are collected before they are sent: cells by row, each with what it began with. Pure. */
import type { RowConflict } from "~/lib/problem";
import { sameValue } from "../editors/compare";
import { parseDraft } from "../editors/draft";
import { type Column, isShortened, type Row, type Table } from "../model";

export interface StagedCell {
  /** What is sent. */
  value: unknown;
  /** What the cell shows: JSON as text, as lists have it; a text that is no value of the type, as it was pasted. */
  shown: unknown;
  /** The stored value that the change began with; undefined where only a part of it was read. */
  base: unknown;
  /** Why it can't be sent, in words; or why the database refused it. */
  problem: string | null;
  /** The problem is what the database said: it may well say something else the next time. */
  refused?: true;
}

/** What becomes of a row that is taken away. */
export type Fate = "delete" | "trash";

/** Why a whole row was refused. */
export interface RowProblem {
  text: string;
  /** Somebody changed the row meanwhile: the version that it has now, with which one may go on all the same. */
  version?: string | null;
}

export interface StagedRow {
  key: string;
  /** As it was read. */
  row: Row;
  /** Kept, but not sent, while the row is to be taken away. */
  cells: Readonly<Record<string, StagedCell>>;
  fate: Fate | null;
  problem: RowProblem | null;
}

export type Staged = ReadonlyMap<string, StagedRow>;

export const NOTHING_STAGED: Staged = new Map();

export interface Change {
  key: string;
  row: Row;
  column: Column;
  cell: Omit<StagedCell, "shown" | "base"> & { shown?: unknown; base?: unknown };
}

/** The same collection with these cells changed; a cell that is as it was stored is none any more. */
export function stage(staged: Staged, changes: readonly Change[]): Staged {
  const next = new Map(staged);
  for (const { key, row, column, cell } of changes) {
    const before = next.get(key);
    const kept = before?.cells[column.name];
    const stored = before?.row ?? row;
    const base = kept ? kept.base : "base" in cell ? cell.base : whole(stored[column.name]);
    const cells = { ...before?.cells };
    if (cell.problem === null && base !== undefined && sameValue(column, cell.value, base)) delete cells[column.name];
    else
      cells[column.name] = {
        value: cell.value,
        problem: cell.problem,
        base,
        shown: cell.shown ?? shownOf(column, cell.value),
      };
    put(next, { key, row: stored, cells, fate: before?.fate ?? null, problem: null });
  }
  return next;
}

function put(staged: Map<string, StagedRow>, row: StagedRow) {
  if (row.fate === null && Object.keys(row.cells).length === 0) staged.delete(row.key);
  else staged.set(row.key, row);
}

/** Rows that are to be taken away. What was changed in them is kept for when they are taken back. */
export function doom(staged: Staged, rows: readonly { key: string; row: Row }[], fate: Fate): Staged {
  const next = new Map(staged);
  for (const { key, row } of rows) {
    const before = next.get(key);
    next.set(key, { key, row: before?.row ?? row, cells: before?.cells ?? {}, fate, problem: null });
  }
  return next;
}

/** These rows stay after all, with what was changed in them. */
export function spare(staged: Staged, keys: readonly string[]): Staged {
  const next = new Map(staged);
  for (const key of keys) {
    const row = next.get(key);
    if (row?.fate) put(next, { ...row, fate: null, problem: null });
  }
  return next;
}

const whole = (value: unknown) => (isShortened(value) ? undefined : (value ?? null));

export function shownOf(column: Column, value: unknown): unknown {
  return column.category === "json" && value !== null ? JSON.stringify(value) : value;
}

/** Takes one cell back, or a whole row. */
export function drop(staged: Staged, key: string, column?: string): Staged {
  const next = new Map(staged);
  const row = next.get(key);
  if (!row) return staged;
  const cells = { ...row.cells };
  if (column === undefined) next.delete(key);
  else {
    delete cells[column];
    put(next, { ...row, cells });
  }
  return next;
}

/** The row as it will be; one that is to be taken away is shown as it is. */
export function overlay(row: Row, staged: StagedRow | undefined): Row {
  if (!staged || staged.fate) return row;
  return { ...row, ...Object.fromEntries(Object.entries(staged.cells).map(([name, cell]) => [name, cell.shown])) };
}

/** The cells that are sent: none of rows that are taken away. */
export function sentCells(row: StagedRow): [string, StagedCell][] {
  return row.fate ? [] : Object.entries(row.cells);
}

/** How many cells there are. */
export function countCells(staged: Staged): number {
  return [...staged.values()].reduce((sum, row) => sum + sentCells(row).length, 0);
}

/** Whether a value can't be sent. What the database refused can be tried again. */
export function hasProblems(staged: Staged): boolean {
  return [...staged.values()].some((row) => sentCells(row).some(([, cell]) => cell.problem !== null && !cell.refused));
}

/** A text from the clipboard as a value of a column. Nothing is NULL where that may be. */
export function readPasted(column: Column, text: string, say: (code: string, params?: object) => string) {
  const parsed = parseDraft({ text, isNull: text === "" && column.nullable }, column);
  return parsed.ok
    ? { value: parsed.value, problem: null }
    : { value: text, shown: text, problem: say(parsed.code, parsed.params) };
}

/** What is sent of a row: its version, and what its cells began with where that is known whole. */
export function toChange({ row, cells, fate }: StagedRow, table: Table): object {
  const key = Object.fromEntries(table.primary_key.map((name) => [name, row[name]]));
  const version = row.$version ?? null;
  if (fate === "delete") return { key, version, delete: true };
  const trash = table.trash;
  if (fate === "trash" && trash !== null)
    // The word is the database's own clock.
    return { key, version, base: { [trash]: row[trash] ?? null }, set: { [trash]: "now" } };
  const names = Object.keys(cells);
  return {
    key,
    version,
    base: Object.fromEntries(
      names.filter((name) => cells[name]?.base !== undefined).map((name) => [name, cells[name]?.base]),
    ),
    set: Object.fromEntries(names.map((name) => [name, cells[name]?.value])),
  };
}

/** Marks one cell as refused by the database; the row where it is about none that is sent. */
export function refuseCell(staged: Staged, key: string, column: string, text: string): Staged {
  const row = staged.get(key);
  const cell = row?.cells[column];
  if (!row || row.fate || !cell) return refuseRow(staged, key, { text });
  const cells = { ...row.cells, [column]: { ...cell, problem: text, refused: true as const } };
  return new Map(staged).set(key, { ...row, cells });
}

export function refuseRow(staged: Staged, key: string, problem: RowProblem): Staged {
  const row = staged.get(key);
  return row ? new Map(staged).set(key, { ...row, problem }) : staged;
}

/** Forgets what the database said the last time. */
export function forgive(staged: Staged): Staged {
  return new Map(
    [...staged].map(([key, row]) => {
      const cells = Object.entries(row.cells).map(([name, cell]): [string, StagedCell] => {
        const { refused, ...rest } = cell;
        return [name, refused ? { ...rest, problem: null } : cell];
      });
      return [key, { ...row, cells: Object.fromEntries(cells), problem: null }];
    }),
  );
}

/** Goes on with the row as somebody else has left it. */
export function goOn(staged: Staged, key: string): Staged {
  const row = staged.get(key);
  if (!row?.problem || row.problem.version === undefined) return staged;
  const version = row.problem.version ?? undefined;
  return new Map(staged).set(key, { ...row, row: { ...row.row, $version: version }, problem: null });
}

/** The collection after somebody chose a side for each field of a row that others had changed in the same place. */
export function settleRow(
  staged: Staged,
  key: string,
  conflict: RowConflict,
  choice: Readonly<Record<string, "mine" | "theirs">>,
): Staged {
  const row = staged.get(key);
  if (!row) return staged;
  const cells = { ...row.cells };
  for (const { field, theirs } of conflict.fields) {
    const cell = cells[field];
    if (!cell) continue;
    if (choice[field] === "mine") cells[field] = { ...cell, base: theirs };
    else delete cells[field];
  }
  const next = new Map(staged);
  put(next, { ...row, row: { ...row.row, $version: conflict.current_version ?? undefined }, cells });
  return next;
}
