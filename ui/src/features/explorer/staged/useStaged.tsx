/** Collects changes of cells, sends them all at once, and asks where others changed the same. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CellMark, GridCells, RowMarks } from "~/kit/grid";
import { type Problem, type RowConflict, toProblem } from "~/lib/problem";
import { toastDone, toastProblem } from "~/lib/toast";
import { commitChanges } from "../changes";
import { refreshRows } from "../data";
import { MOST_AT_ONCE } from "../doomed";
import type { CellChange } from "../edit/CellEditor";
import { ConflictDialog } from "../edit/ConflictDialog";
import { draftOf, parseDraft } from "../editors/draft";
import type { Undo } from "../history/useUndo";
import { keyOf } from "../key";
import { type Column, isShortened, type Row, type Table, type TableRef } from "../model";
import { readOnlyReason } from "../table/columns";
import {
  type Change,
  countCells,
  drop,
  hasProblems,
  markRefused,
  markRow,
  NOTHING_STAGED,
  readPasted,
  type Staged,
  settleRow,
  stage,
  toBody,
} from "./staged";

export interface StagedChanges {
  /** Whether edits are collected rather than saved at once. */
  on: boolean;
  setOn: (on: boolean) => void;
  staged: Staged;
  marks: ReadonlyMap<string, RowMarks>;
  count: number;
  /** Why they can't be sent; null when they can. */
  blocked: string | null;
  committing: boolean;
  /** One edited cell. Says why not, when it can't be collected. */
  edit: (row: Row, column: Column, change: CellChange) => string | null;
  /** Pasted, filled or emptied cells. Says what to tell about them. */
  cells: (change: GridCells<Row>) => string | null;
  drop: (key: string, column?: string) => void;
  clear: () => void;
  commit: () => Promise<void>;
  dialog: ReactNode;
}

interface Asking {
  key: string;
  conflict: RowConflict;
}

export function useStaged(ref: TableRef, table: Table, undo: Undo): StagedChanges {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [on, setOn] = useState(false);
  const [staged, setStaged] = useState<Staged>(NOTHING_STAGED);
  const [asking, setAsking] = useState<Asking[]>([]);
  const [committing, setCommitting] = useState(false);
  const now = useRef({ ref, table, t, staged });
  now.current = { ref, table, t, staged };

  /** Why a cell can't be collected; null when it can. */
  const refusal = useCallback((column: Column): string | null => {
    const { table, t } = now.current;
    if (column.primary_key !== null) return t("explorer.staged.key");
    return readOnlyReason(table, column, t);
  }, []);

  const edit = useCallback(
    (row: Row, column: Column, { value, base }: CellChange) => {
      const key = keyOf(now.current.table, row);
      const why = refusal(column);
      if (why !== null || key === undefined) return why ?? now.current.t("explorer.readOnlyTable");
      setStaged((staged) => stage(staged, [{ key, row, column, cell: { value, base, problem: null } }]));
      return null;
    },
    [refusal],
  );

  const cells = useCallback(
    ({ kind, cells }: GridCells<Row>) => {
      const { table, t } = now.current;
      const changes: Change[] = [];
      let left = 0;
      let why: string | null = null;
      for (const {
        row,
        column: { key: name },
        text,
        from,
      } of cells) {
        const column = table.columns.find((one) => one.name === name);
        const key = keyOf(table, row);
        if (!column || key === undefined) continue;
        const refused = refusal(column) ?? unfit(kind, column, from, t);
        if (refused !== null) {
          left += 1;
          why ??= refused;
          continue;
        }
        changes.push({ key, row, column, cell: newValue(kind, column, text, from, t) });
      }
      if (changes.length > 0) {
        setOn(true);
        setStaged((staged) => stage(staged, changes));
      }
      return left > 0 ? t("explorer.staged.left", { count: left, reason: why }) : null;
    },
    [refusal],
  );

  /** Shows a refusal where it belongs; false when it is about no cell. */
  const refuse = useCallback((problem: Problem): boolean => {
    const { staged, t } = now.current;
    const rows = [...staged.values()];
    const conflicts = problem.rows.flatMap((conflict): Asking[] => {
      const row = rows[conflict.change ?? -1];
      return row ? [{ key: row.key, conflict }] : [];
    });
    if (conflicts.length > 0) {
      const gone = conflicts.filter(({ conflict }) => conflict.gone || conflict.fields.length === 0);
      setStaged(gone.reduce((all, { key }) => markRow(all, key, t("explorer.rowGone")), staged));
      setAsking(conflicts.filter((one) => !gone.includes(one)));
      return true;
    }
    const marked = markRefused(staged, problem.errors);
    setStaged(marked);
    return hasProblems(marked);
  }, []);

  const commit = useCallback(async () => {
    const { ref, table, t, staged } = now.current;
    setCommitting(true);
    try {
      const done = await commitChanges(ref, toBody(staged, table));
      setStaged(NOTHING_STAGED);
      undo.offer(done.change, t("explorer.staged.committed", { count: staged.size }));
      if (done.merged > 0) toastDone(t("explorer.merged"));
      await refreshRows(client, ref);
    } catch (error) {
      const problem = toProblem(error);
      if (!refuse(problem)) toastProblem(problem);
    } finally {
      setCommitting(false);
    }
  }, [client, undo, refuse]);

  const first = asking[0];
  const dialog = first && (
    <ConflictDialog
      key={first.key}
      columns={table.columns}
      merge={{ apart: {}, both: first.conflict.fields }}
      title={t("explorer.staged.conflict", { key: first.key })}
      onSettle={(choice) => {
        setStaged((staged) => settleRow(staged, first.key, first.conflict, choice));
        setAsking((all) => all.slice(1));
      }}
      onClose={() => setAsking([])}
    />
  );

  const marks = useMemo(() => {
    const marks = new Map<string, RowMarks>();
    for (const [key, { cells }] of staged) {
      const row: Record<string, CellMark> = {};
      for (const [name, cell] of Object.entries(cells))
        row[name] = cell.problem === null ? { kind: "changed" } : { kind: "wrong", text: cell.problem };
      marks.set(key, row);
    }
    return marks;
  }, [staged]);
  const blocked = hasProblems(staged)
    ? t("explorer.staged.wrong")
    : staged.size > MOST_AT_ONCE
      ? t("explorer.staged.tooMany", { most: MOST_AT_ONCE })
      : null;
  return {
    on,
    setOn,
    staged,
    marks,
    count: countCells(staged),
    blocked,
    committing,
    edit,
    cells,
    drop: useCallback((key, column) => setStaged((staged) => drop(staged, key, column)), []),
    clear: useCallback(() => setStaged(NOTHING_STAGED), []),
    commit,
    dialog,
  };
}

type Say = (key: string, params?: Record<string, unknown>) => string;

/** Why a cell can't take what it is to get; null when it can. */
function unfit(kind: GridCells<Row>["kind"], column: Column, from: Row | undefined, t: Say): string | null {
  if (kind === "clear" && !column.nullable) return t("explorer.invalid.notNull");
  if (kind === "fill" && isShortened(from?.[column.name])) return t("explorer.staged.tooLong");
  return null;
}

function newValue(
  kind: GridCells<Row>["kind"],
  column: Column,
  text: string | undefined,
  from: Row | undefined,
  t: Say,
): Change["cell"] {
  if (kind === "clear") return { value: null, problem: null };
  const say = (code: string, params?: object) => t(`explorer.invalid.${code}`, { ...params });
  if (kind === "paste") return readPasted(column, text ?? "", say);
  // A stored value is read the way it would be typed, which is also how JSON becomes data again.
  const parsed = parseDraft(draftOf(from?.[column.name], column), column);
  return parsed.ok
    ? { value: parsed.value, problem: null }
    : { value: null, shown: from?.[column.name], problem: say(parsed.code, parsed.params) };
}
