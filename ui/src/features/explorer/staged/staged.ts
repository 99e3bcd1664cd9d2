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
  /** Why it can't be sent, in words. */
  problem: string | null;
}

export interface StagedRow {
  key: string;
  /** As it was read. */
  row: Row;
  cells: Readonly<Record<string, StagedCell>>;
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
    put(next, key, stored, cells);
  }
  return next;
}

function put(staged: Map<string, StagedRow>, key: string, row: Row, cells: Record<string, StagedCell>) {
  if (Object.keys(cells).length === 0) staged.delete(key);
  else staged.set(key, { key, row, cells });
}

const whole = (value: unknown) => (isShortened(value) ? undefined : (value ?? null));

function shownOf(column: Column, value: unknown): unknown {
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
    put(next, key, row.row, cells);
  }
  return next;
}

/** The row as it will be. */
export function overlay(row: Row, staged: StagedRow | undefined): Row {
  if (!staged) return row;
  return { ...row, ...Object.fromEntries(Object.entries(staged.cells).map(([name, cell]) => [name, cell.shown])) };
}

/** How many cells there are. */
export function countCells(staged: Staged): number {
  return [...staged.values()].reduce((sum, row) => sum + Object.keys(row.cells).length, 0);
}

export function hasProblems(staged: Staged): boolean {
  return [...staged.values()].some((row) => Object.values(row.cells).some((cell) => cell.problem !== null));
}

/** A text from the clipboard as a value of a column. Nothing is NULL where that may be. */
export function readPasted(column: Column, text: string, say: (code: string, params?: object) => string) {
  const parsed = parseDraft({ text, isNull: text === "" && column.nullable }, column);
  return parsed.ok
    ? { value: parsed.value, problem: null }
    : { value: text, shown: text, problem: say(parsed.code, parsed.params) };
}

/** What is sent: every row with its version, and what its cells began with where that is known whole. */
export function toBody(staged: Staged, table: Table) {
  const changes = [...staged.values()].map(({ row, cells }) => {
    const names = Object.keys(cells);
    return {
      key: Object.fromEntries(table.primary_key.map((name) => [name, row[name]])),
      version: row.$version ?? null,
      base: Object.fromEntries(
        names.filter((name) => cells[name]?.base !== undefined).map((name) => [name, cells[name]?.base]),
      ),
      set: Object.fromEntries(names.map((name) => [name, cells[name]?.value])),
    };
  });
  return { changes };
}

/** Marks the cells that a refusal is about: `changes.3.set.name`, by the order in which rows were sent. */
export function markRefused(staged: Staged, errors: readonly { field: string; message: string }[]): Staged {
  const rows = [...staged.values()];
  const next = new Map(staged);
  for (const error of errors) {
    const found = /^changes\.(\d+)\.set\.(.+)$/s.exec(error.field);
    const row = found && rows[Number(found[1])];
    const cell = found && row && next.get(row.key)?.cells[found[2] ?? ""];
    if (!row || !cell) continue;
    const cells = { ...next.get(row.key)?.cells, [found[2] ?? ""]: { ...cell, problem: error.message } };
    next.set(row.key, { ...row, cells });
  }
  return next;
}

/** Marks every cell of a row. */
export function markRow(staged: Staged, key: string, problem: string): Staged {
  const row = staged.get(key);
  if (!row) return staged;
  const cells = Object.fromEntries(Object.entries(row.cells).map(([name, cell]) => [name, { ...cell, problem }]));
  return new Map(staged).set(key, { ...row, cells });
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
  put(next, key, { ...row.row, $version: conflict.current_version ?? undefined }, cells);
  return next;
}
