/** What the server sends of a run, a JSON object a line, and the picture of the run that they make together. */

export type Mode = "read" | "transaction" | "autocommit";
export const MODES: readonly Mode[] = ["read", "transaction", "autocommit"];

/** A value that was cut, with the length of the whole. */
export interface Cut {
  text: string;
  bytes: number;
}
export type Cell = string | null | Cut;

export interface ResultColumn {
  name: string;
  type: string;
}

export interface Notice {
  severity: string;
  code: string;
  message: string;
  detail: string | null;
  hint: string | null;
}

export interface Fault {
  index: number | null;
  code: string | null;
  message: string;
  detail: string | null;
  hint: string | null;
  context: string | null;
  line: number | null;
  column: number | null;
}

export interface Done {
  command: string;
  rows: number | null;
  shown: number;
  more: boolean;
  milliseconds: number;
}

export type Outcome = "ok" | "failed" | "cancelled";
/** What became of the changes: all were kept, each by itself, none; or a transaction was left open and taken back. */
export type Kept = "all" | "each" | "nothing" | "open";

export type Frame =
  | { frame: "run"; run: string; mode: Mode; statements: number }
  | { frame: "statement"; index: number; line: number; column: number; sql: string }
  | { frame: "columns"; index: number; columns: ResultColumn[] }
  | { frame: "rows"; index: number; rows: Cell[][] }
  | ({ frame: "notice"; index: number } & Notice)
  | ({ frame: "done"; index: number } & Done)
  | ({ frame: "error" } & Fault)
  | { frame: "end"; outcome: Outcome; kept: Kept; done: number; milliseconds: number };

/** One statement of a run as far as it is known. */
export interface Result {
  sql: string;
  line: number;
  column: number;
  columns: ResultColumn[] | null;
  rows: Cell[][];
  notices: Notice[];
  done: Done | null;
}

export interface Run {
  id: string | null;
  mode: Mode;
  results: Result[];
  fault: Fault | null;
  end: { outcome: Outcome; kept: Kept; done: number; milliseconds: number } | null;
}

export const NO_RUN = (mode: Mode): Run => ({ id: null, mode, results: [], fault: null, end: null });

/** The run with what a frame says of it. Rows are added in place: there may be many frames of them. */
export function heard(run: Run, frame: Frame): Run {
  const change = (index: number, by: (result: Result) => Partial<Result>): Run => ({
    ...run,
    results: run.results.map((result, i) => (i === index ? { ...result, ...by(result) } : result)),
  });
  switch (frame.frame) {
    case "run":
      return { ...run, id: frame.run, mode: frame.mode };
    case "statement": {
      const { sql, line, column } = frame;
      const result: Result = { sql, line, column, columns: null, rows: [], notices: [], done: null };
      return { ...run, results: [...run.results, result] };
    }
    case "columns":
      return change(frame.index, () => ({ columns: frame.columns }));
    case "rows":
      return change(frame.index, (result) => ({ rows: result.rows.concat(frame.rows) }));
    case "notice": {
      const { frame: _, index, ...notice } = frame;
      return change(index, (result) => ({ notices: [...result.notices, notice] }));
    }
    case "done": {
      const { frame: _, index, ...done } = frame;
      return change(index, () => ({ done }));
    }
    case "error": {
      const { frame: _, ...fault } = frame;
      return { ...run, fault };
    }
    case "end": {
      const { frame: _, ...end } = frame;
      return { ...run, end };
    }
  }
}

/** A value as text; what was cut ends with a mark. */
export function textOf(cell: Cell): string | null {
  return cell === null || typeof cell === "string" ? cell : `${cell.text}…`;
}

const NUMBERS = /^(smallint|integer|bigint|real|double precision|numeric|oid|money)\b/;
const TIMES = /^(date|timestamp|time)\b/;

export const isNumber = (type: string): boolean => NUMBERS.test(type) && !type.endsWith("[]");
export const isTime = (type: string): boolean => TIMES.test(type) && !type.endsWith("[]");
