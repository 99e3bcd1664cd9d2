/** Taking rows away: at once, into the trash, or, while changes are collected, by a mark that can be taken back. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { toastFailed, toastProblem } from "~/lib/toast";
import { trashRows } from "../changes";
import { refreshRows } from "../data";
import { type Doomed, doomedKeys } from "../doomed";
import type { Undo } from "../history/useUndo";
import { keyOf } from "../key";
import type { Row, Table, TableRef } from "../model";
import { DeleteDialog } from "../row/DeleteDialog";
import { isFresh } from "../staged/fresh";
import type { StagedChanges } from "../staged/useStaged";
import type { TableState } from "./useTableState";

export interface Removal {
  /** Deleting puts rows into the trash here. */
  intoTrash: boolean;
  remove: (doomed: Doomed) => void;
  /** The same by the grid's keys, new rows among them. */
  removeKeys: (keys: readonly string[]) => void;
  restore: (doomed: Doomed) => void;
  /** What removing these rows does while changes are collected: marks them, or takes the marks back. */
  marking: (keys: readonly string[]) => "doom" | "spare" | null;
  dialog: ReactNode;
}

interface Options {
  tableRef: TableRef;
  table: Table;
  state: TableState;
  /** As they are stored. */
  rows: readonly Row[];
  undo: Undo;
  changes: StagedChanges;
  onGone: () => void;
}

export function useRemoval({ tableRef, table, state, rows, undo, changes, onGone }: Options): Removal {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [deleting, setDeleting] = useState<Doomed | null>(null);
  const intoTrash = table.trash !== null && state.trash === "live";
  const permitted = intoTrash ? table.update : table.delete;

  /** Into the trash or out of it: at once, since it can be undone. */
  const trash = async ({ filter, count }: Doomed, into: boolean) => {
    try {
      const done = await trashRows(tableRef, table.trash ?? "", filter, count, into);
      undo.offer(done.change, t(into ? "explorer.trash.moved" : "explorer.trash.restored", { count: done.count }));
      onGone();
      if (into && state.row !== undefined) state.setRow(undefined, true);
      await refreshRows(client, tableRef);
    } catch (error) {
      toastProblem(error);
    }
  };
  const found = (keys: readonly string[]) => {
    const wanted = new Set(keys);
    const there = rows.filter((row) => wanted.has(keyOf(table, row) ?? ""));
    // Without the row as it was read nobody could see what they take away.
    if (there.length < wanted.size) toastFailed(t("explorer.staged.notLoaded", { count: wanted.size - there.length }));
    return there;
  };
  const marking = (keys: readonly string[]) => {
    if (!changes.on) return null;
    return keys.length > 0 && keys.every((key) => changes.all.stored.get(key)?.fate) ? "spare" : "doom";
  };
  const remove = (doomed: Doomed) => {
    const { keys } = doomed;
    const mark = keys && marking(keys);
    if (mark === "spare") changes.spare(keys ?? []);
    else if (mark === "doom") changes.doom(found(keys ?? []), intoTrash ? "trash" : "delete");
    else if (intoTrash) return void trash(doomed, true);
    else return setDeleting(doomed);
    onGone();
  };
  const restore = (doomed: Doomed) => {
    const column = table.trash;
    if (!changes.on || doomed.keys === null || column === null) return void trash(doomed, false);
    const at = { key: column, label: column, render: () => null };
    changes.cells({ kind: "clear", cells: found(doomed.keys).map((row) => ({ row, column: at })) });
    onGone();
  };
  return {
    intoTrash,
    remove,
    removeKeys: (keys) => {
      for (const key of keys.filter(isFresh)) changes.drop(key);
      const stored = keys.filter((key) => !isFresh(key));
      if (stored.length === 0) return;
      if (permitted.allowed) remove(doomedKeys(table, stored));
      else toastFailed(permitted.reason ?? t("explorer.readOnlyTable"));
    },
    restore,
    marking,
    dialog: deleting && (
      <DeleteDialog
        tableRef={tableRef}
        table={table}
        doomed={deleting}
        rows={rows}
        onClose={() => setDeleting(null)}
        onChanged={undo.offer}
        onDeleted={() => {
          setDeleting(null);
          onGone();
          // The open row is gone, or may be.
          if (state.row && deleting.keys?.includes(state.row) !== false) state.setRow(undefined, true);
        }}
      />
    ),
  };
}
