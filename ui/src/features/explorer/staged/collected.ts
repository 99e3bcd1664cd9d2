/** Everything that is collected: rows that are new, changed, taken away. What is sent of it, and what came back. Pure. */
import type { Problem } from "~/lib/problem";
import type { Row, Table } from "../model";
import { type Fresh, forgiveFresh, isFresh, NOTHING_FRESH, refuseFresh, valuesOf } from "./fresh";
import {
  countCells,
  forgive,
  hasProblems,
  NOTHING_STAGED,
  refuseCell,
  refuseRow,
  type Staged,
  type StagedRow,
  sentCells,
  toChange,
} from "./staged";

export interface Collected {
  stored: Staged;
  fresh: Fresh;
}

export const NOTHING: Collected = { stored: NOTHING_STAGED, fresh: NOTHING_FRESH };

export interface Counts {
  fresh: number;
  cells: number;
  /** Rows in which something is changed. */
  rows: number;
  doomed: number;
  /** Of everything: new rows, changed cells, rows taken away. */
  all: number;
}

export function countAll({ stored, fresh }: Collected): Counts {
  const cells = countCells(stored);
  const doomed = doomedRows(stored).length;
  return { fresh: fresh.size, cells, rows: stored.size - doomed, doomed, all: fresh.size + cells + doomed };
}

export const changedRows = (stored: Staged): StagedRow[] => [...stored.values()].filter((row) => row.fate === null);
export const doomedRows = (stored: Staged): StagedRow[] => [...stored.values()].filter((row) => row.fate !== null);

/** Whether something can't even be sent. */
export function isWrong({ stored, fresh }: Collected, table: Table): boolean {
  return (
    hasProblems(stored) || [...fresh.values()].some((row) => Object.keys(valuesOf(row, table).problems).length > 0)
  );
}

/**
 * What is sent, and the keys of its rows in the same order. Rows go before others come, so that a key or a name that was
 * freed can be taken again. In a table that points at itself it is the other way round: what is pointed at has to be there
 * first, and goes last.
 */
export function toBody(all: Collected, table: Table): { changes: object[]; keys: string[] } {
  const gone = doomedRows(all.stored).map((row) => ({ key: row.key, change: toChange(row, table) }));
  const changed = changedRows(all.stored).map((row) => ({ key: row.key, change: toChange(row, table) }));
  const made = [...all.fresh.values()].map((row) => ({
    key: row.key,
    change: { insert: valuesOf(row, table).values },
  }));
  const own = table.foreign_keys.some((key) => key.schema === table.schema && key.table === table.name);
  const sent = own ? [...made, ...changed, ...gone] : [...gone, ...changed, ...made];
  return { changes: sent.map(({ change }) => change), keys: sent.map(({ key }) => key) };
}

/** Shows a refusal at the rows and cells that it is about: `changes.3.set.name`. Null when it is about none. */
export function markRefused(all: Collected, keys: readonly string[], problem: Problem): Collected | null {
  let { stored, fresh } = forgiven(all);
  let landed = false;
  const say = (key: string | undefined, column: string | null, text: string) => {
    if (key === undefined) return;
    landed = true;
    if (isFresh(key)) fresh = refuseFresh(fresh, key, column, text);
    else if (column === null) stored = refuseRow(stored, key, { text });
    else stored = refuseCell(stored, key, column, text);
  };
  for (const { field, message } of problem.errors) {
    const [, number, column] = /^changes\.(\d+)(?:\.(?:set|insert|delete|key)(?:\.(.+))?)?$/s.exec(field) ?? [];
    if (number !== undefined) say(keys[Number(number)], column ?? null, message);
  }
  if (!landed && problem.row !== null) say(keys[problem.row], null, problem.message);
  return landed ? { stored, fresh } : null;
}

/** The same without what the database said the last time. */
export function forgiven({ stored, fresh }: Collected): Collected {
  return { stored: forgive(stored), fresh: forgiveFresh(fresh) };
}

/** What the database would make of a row. */
export interface Outcome {
  before: Row | null;
  after: Row | null;
}

/** The columns that come out otherwise than they are seen here: given by the database, or changed by it. */
export function surprises(all: Collected, key: string, outcome: Outcome): string[] {
  const { before, after } = outcome;
  if (after === null) return [];
  const row = all.stored.get(key);
  const own = row ? new Set(sentCells(row).map(([name]) => name)) : null;
  const differs = (name: string) => JSON.stringify(before?.[name]) !== JSON.stringify(after[name]);
  if (own) return Object.keys(after).filter((name) => !own.has(name) && differs(name));
  const typed = all.fresh.get(key)?.drafts;
  return Object.keys(after).filter((name) => after[name] !== null && typed?.[name]?.isDefault === true);
}
