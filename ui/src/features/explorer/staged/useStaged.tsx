/** Collects what is done to rows: cells changed, rows made, rows taken away; all of it is sent at once. */
import { type ReactNode, useCallback, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CellMark, GridCells, RowMark, RowMarks } from "~/kit/grid";
import { MOST_AT_ONCE } from "../doomed";
import type { CellChange } from "../edit/CellEditor";
import type { RowChange } from "../edit/useSave";
import { type Draft, draftOf, parseDraft } from "../editors/draft";
import type { Undo } from "../history/useUndo";
import { keyOf } from "../key";
import { type Column, isShortened, type Row, type Table, type TableRef } from "../model";
import { type Drafts, insertable } from "../row/form";
import { notInsertable, readOnlyReason } from "../table/columns";
import { type Collected, type Counts, countAll, isWrong, NOTHING } from "./collected";
import { asRow, dropFresh, fill, freshKey, isFresh, keep, toDraft, valuesOf } from "./fresh";
import { type Change, doom, drop, type Fate, goOn, readPasted, sentCells, spare, stage } from "./staged";
import { useCollected } from "./useCollected";
import { type Sending, useCommit } from "./useCommit";

export interface StagedChanges extends Omit<Sending, "dialog"> {
  /** Whether edits are collected rather than saved at once. */
  on: boolean;
  setOn: (on: boolean) => void;
  all: Collected;
  counts: Counts;
  /** New rows as the grid shows them, before the others. */
  fresh: readonly Row[];
  marks: ReadonlyMap<string, RowMarks>;
  rowMarks: ReadonlyMap<string, RowMark>;
  /** Why they can't be sent; null when they can. */
  blocked: string | null;
  /** One edited cell. Says why not, when it can't be collected. */
  edit: (row: Row, column: Column, change: Pick<CellChange, "value" | "base">) => string | null;
  /** A row changed in its form; what is as it was stored is no change any more. */
  collect: (change: RowChange) => Promise<Row>;
  /** Pasted, filled or emptied cells. Says what to tell about them. */
  cells: (change: GridCells<Row>) => string | null;
  /** A new row, or another form of one that is collected. */
  keep: (drafts: Drafts, key?: string) => void;
  /** Rows to be taken away. */
  doom: (rows: readonly Row[], fate: Fate) => void;
  spare: (keys: readonly string[]) => void;
  /** Takes back what is done to a row, or to one cell of it. */
  drop: (key: string, column?: string) => void;
  /** Goes on with a row that somebody else has changed since. */
  goOn: (key: string) => void;
  clear: () => void;
  /** Takes the last step back; false when there is none. */
  back: () => boolean;
  dialog: ReactNode;
}

export function useStaged(ref: TableRef, table: Table, undo: Undo): StagedChanges {
  const { t } = useTranslation();
  const [on, setOn] = useState(false);
  const collecting = useCollected();
  const { all, latest, step, back } = collecting;
  const { dialog, ...sending } = useCommit(ref, table, undo, collecting);
  const made = useRef(0);
  const now = useRef({ table, t });
  now.current = { table, t };

  /** Why a cell can't be collected; null when it can. */
  const refusal = useCallback(
    (column: Column, row: Row): string | null => {
      const { table, t } = now.current;
      if (row.$new !== undefined) return notInsertable(column, t);
      if (latest().stored.get(keyOf(table, row) ?? "")?.fate) return t("explorer.staged.doomed");
      if (column.primary_key !== null) return t("explorer.staged.key");
      return readOnlyReason(table, column, t);
    },
    [latest],
  );
  const put = useCallback(
    (changes: readonly Change[], drafts: readonly (readonly [string, string, Draft])[]) =>
      step((all) => ({
        stored: changes.length > 0 ? stage(all.stored, changes) : all.stored,
        fresh: drafts.reduce((fresh, [key, name, draft]) => fill(fresh, key, [[name, draft]]), all.fresh),
      })),
    [step],
  );

  const edit = useCallback(
    (row: Row, column: Column, { value, base }: Pick<CellChange, "value" | "base">) => {
      const key = row.$new ?? keyOf(now.current.table, row);
      const why = refusal(column, row);
      if (why !== null || key === undefined) return why ?? now.current.t("explorer.readOnlyTable");
      if (isFresh(key)) put([], [[key, column.name, toDraft(column, value)]]);
      else put([{ key, row, column, cell: { value, base, problem: null } }], []);
      return null;
    },
    [refusal, put],
  );

  const collect = useCallback(
    async ({ key, base, values }: RowChange) => {
      const { table, t } = now.current;
      const row: Row = { ...base };
      const changes: Change[] = [];
      for (const column of table.columns.filter(({ name }) => name in values)) {
        const why = refusal(column, row);
        if (why !== null) throw new Error(t("explorer.staged.notCollected", { field: column.name, reason: why }));
        const cell = { value: values[column.name], base: base[column.name], problem: null };
        changes.push({ key, row, column, cell });
      }
      step((all) => ({ ...all, stored: stage(drop(all.stored, key), changes) }));
      return row;
    },
    [refusal, step],
  );

  const cells = useCallback(
    ({ kind, cells }: GridCells<Row>) => {
      const { table, t } = now.current;
      const changes: Change[] = [];
      const drafts: [string, string, Draft][] = [];
      let left = 0;
      let why: string | null = null;
      for (const { row, column: at, text, from } of cells) {
        const column = table.columns.find((one) => one.name === at.key);
        const key = row.$new ?? keyOf(table, row);
        if (!column || key === undefined) continue;
        const refused = refusal(column, row) ?? unfit(kind, column, from, t);
        if (refused !== null) {
          left += 1;
          why ??= refused;
        } else if (isFresh(key)) drafts.push([key, column.name, newDraft(kind, column, text, from)]);
        else changes.push({ key, row, column, cell: newValue(kind, column, text, from, t) });
      }
      if (changes.length + drafts.length > 0) {
        setOn(true);
        put(changes, drafts);
      }
      return left > 0 ? t("explorer.staged.left", { count: left, reason: why }) : null;
    },
    [refusal, put],
  );

  const shown = useMemo(() => [...all.fresh.values()].map((row) => asRow(row, table)), [all.fresh, table]);
  const { marks, rowMarks } = useMemo(() => marksOf(all, table, t), [all, table, t]);
  const counts = countAll(all);
  const blocked = isWrong(all, table)
    ? t("explorer.staged.wrong")
    : all.stored.size + all.fresh.size > MOST_AT_ONCE
      ? t("explorer.staged.tooMany", { most: MOST_AT_ONCE })
      : null;
  return {
    ...sending,
    on,
    setOn,
    all,
    counts,
    fresh: shown,
    marks,
    rowMarks,
    blocked,
    edit,
    collect,
    cells,
    keep: useCallback(
      (drafts, key) => {
        made.current += 1;
        const at = key ?? freshKey(made.current);
        step((all) => ({ ...all, fresh: keep(all.fresh, at, drafts) }));
      },
      [step],
    ),
    doom: useCallback(
      (rows, fate) => {
        const { table } = now.current;
        const keyed = rows.flatMap((row) => {
          const key = keyOf(table, row);
          return key === undefined ? [] : [{ key, row }];
        });
        step((all) => ({ ...all, stored: doom(all.stored, keyed, fate) }));
      },
      [step],
    ),
    spare: useCallback((keys) => step((all) => ({ ...all, stored: spare(all.stored, keys) })), [step]),
    drop: useCallback(
      (key, column) =>
        step((all) =>
          isFresh(key)
            ? { ...all, fresh: dropFresh(all.fresh, [key]) }
            : { ...all, stored: drop(all.stored, key, column) },
        ),
      [step],
    ),
    goOn: useCallback((key) => step((all) => ({ ...all, stored: goOn(all.stored, key) })), [step]),
    clear: useCallback(() => step(() => NOTHING), [step]),
    back,
    dialog,
  };
}

type Say = (key: string, params?: Record<string, unknown>) => string;

const sayOf = (t: Say) => (code: string, params?: object) => t(`explorer.invalid.${code}`, { ...params });

/** What the grid marks: cells that are changed or wrong, and rows that come, go, or were refused. */
function marksOf({ stored, fresh }: Collected, table: Table, t: Say) {
  const marks = new Map<string, RowMarks>();
  const rowMarks = new Map<string, RowMark>();
  for (const [key, one] of stored) {
    const row: Record<string, CellMark> = {};
    for (const [name, cell] of sentCells(one))
      row[name] = cell.problem === null ? { kind: "changed" } : { kind: "wrong", text: cell.problem };
    marks.set(key, row);
    const label = one.fate === null ? null : t(`explorer.staged.mark.${one.fate}`);
    if (label !== null) rowMarks.set(key, { kind: "doomed", label, problem: one.problem?.text });
    else if (one.problem)
      rowMarks.set(key, { kind: "changed", label: t("explorer.staged.mark.changed"), problem: one.problem.text });
  }
  for (const [key, one] of fresh) {
    const row: Record<string, CellMark> = {};
    const say = sayOf(t);
    for (const [name, { code, params }] of Object.entries(valuesOf(one, table).problems))
      row[name] = { kind: "wrong", text: say(code, params) };
    for (const [name, text] of Object.entries(one.refused)) row[name] = { kind: "wrong", text };
    marks.set(key, row);
    rowMarks.set(key, { kind: "new", label: t("explorer.staged.mark.new"), problem: one.problem ?? undefined });
  }
  return { marks, rowMarks };
}

/** Why a cell can't take what it is to get; null when it can. */
function unfit(kind: GridCells<Row>["kind"], column: Column, from: Row | undefined, t: Say): string | null {
  if (kind === "clear" && !column.nullable) return t("explorer.invalid.notNull");
  if (kind === "fill" && isShortened(from?.[column.name])) return t("explorer.staged.tooLong");
  return null;
}

function newDraft(
  kind: GridCells<Row>["kind"],
  column: Column,
  text: string | undefined,
  from: Row | undefined,
): Draft {
  if (kind === "clear") return { text: "", isNull: true };
  if (kind === "paste") return { text: text ?? "", isNull: (text ?? "") === "" && column.nullable };
  const isLeft = from?.$new !== undefined && from[column.name] === undefined && insertable(column);
  return isLeft ? { text: "", isNull: false, isDefault: true } : draftOf(from?.[column.name], column);
}

function newValue(
  kind: GridCells<Row>["kind"],
  column: Column,
  text: string | undefined,
  from: Row | undefined,
  t: Say,
): Change["cell"] {
  if (kind === "clear") return { value: null, problem: null };
  const say = sayOf(t);
  if (kind === "paste") return readPasted(column, text ?? "", say);
  // A stored value is read the way it would be typed, which is also how JSON becomes data again.
  const parsed = parseDraft(draftOf(from?.[column.name], column), column);
  return parsed.ok
    ? { value: parsed.value, problem: null }
    : { value: null, shown: from?.[column.name], problem: say(parsed.code, parsed.params) };
}
