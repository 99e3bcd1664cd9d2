/**
 * Saving a changed row: sends it with the version it was read at, merges by itself when other fields were changed
 * meanwhile, and asks when the same field was.
 */
import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Page } from "~/lib/api";
import { type Merge, settle } from "~/lib/merge";
import { Problem } from "~/lib/problem";
import { toastDone } from "~/lib/toast";
import { type ChangeId, RowGone, updateRow } from "../changes";
import { refreshRows, rowKeyOf, rowsKey } from "../data";
import { keyOf } from "../key";
import type { Row, Table, TableRef } from "../model";
import { ConflictDialog } from "./ConflictDialog";
import { isVersionConflict, mergeConflict } from "./conflict";

export interface RowChange {
  key: string;
  /** The row's version when it was read. */
  version: string | undefined;
  /** The whole values that the change started from. */
  base: Record<string, unknown>;
  values: Record<string, unknown>;
}

/** The person went back from the conflict dialog; nothing was saved and nothing needs to be said. */
export class SaveAbandoned extends Error {}

interface Open {
  merge: Merge;
  settle: (values: Record<string, unknown>) => void;
  close: () => void;
}

/** A conflict can repeat when many people write at once; after this many turns the person decides anew. */
const TURNS = 3;

/** @param onStored hears of each change that was made, so that it can be undone */
export function useSave(
  ref: TableRef,
  table: Table,
  onStored: (change: ChangeId) => void,
): { save: (change: RowChange) => Promise<Row>; dialog: ReactNode } {
  const client = useQueryClient();
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open | null>(null);
  const now = useRef({ ref, table, t, onStored });
  now.current = { ref, table, t, onStored };

  const save = useCallback(
    async (change: RowChange): Promise<Row> => {
      const { ref, table, t } = now.current;
      let { version, values } = change;
      for (let turn = 0; ; turn++) {
        try {
          const stored = await updateRow(ref, table, change.key, version, values);
          storeRow(client, ref, table, change.key, stored.row);
          now.current.onStored(stored.change);
          return stored.row;
        } catch (error) {
          if (error instanceof RowGone) throw new Error(t("explorer.rowGone"));
          if (!(error instanceof Problem) || !isVersionConflict(error) || turn >= TURNS) throw error;
          const merge = mergeConflict(table.columns, change.base, values, error.conflict);
          version = error.conflict.current_version;
          if (merge.both.length === 0) {
            values = merge.apart;
            // They stored the very same values: nothing is left to send, but the row on screen is old.
            if (Object.keys(values).length === 0) return refresh(client, ref, table, change.key);
            toastDone(t("explorer.merged"));
            continue;
          }
          values = await new Promise<Record<string, unknown>>((resolve, reject) =>
            setOpen({ merge, settle: resolve, close: () => reject(new SaveAbandoned(t("explorer.notSaved"))) }),
          ).finally(() => setOpen(null));
          change = {
            ...change,
            base: { ...change.base, ...Object.fromEntries(merge.both.map((f) => [f.field, f.theirs])) },
          };
          if (Object.keys(values).length === 0) return refresh(client, ref, table, change.key);
        }
      }
    },
    [client],
  );

  const dialog = open && (
    <ConflictDialog
      columns={table.columns}
      merge={open.merge}
      onSettle={(choice) => open.settle(settle(open.merge, choice))}
      onClose={open.close}
    />
  );
  return { save, dialog };
}

type Client = ReturnType<typeof useQueryClient>;

/** Puts the stored row in place of the old one on every list; no list is asked again, so nothing jumps away. */
export function storeRow(client: Client, ref: TableRef, table: Table, key: string, row: Row): void {
  client.setQueriesData<InfiniteData<Page<Row>>>(
    { queryKey: [...rowsKey(ref), "list"] },
    (old) =>
      old && {
        ...old,
        pages: old.pages.map((page) => ({
          ...page,
          rows: page.rows.map((one) => (keyOf(table, one) === key ? row : one)),
        })),
      },
  );
  const at = keyOf(table, row);
  if (at !== undefined) client.setQueryData(rowKeyOf(ref, table, at), row);
}

async function refresh(client: Client, ref: TableRef, table: Table, key: string): Promise<Row> {
  await refreshRows(client, ref);
  return client.getQueryData<Row>(rowKeyOf(ref, table, key)) ?? {};
}

/** What to show at a field for a failed save. */
export function fieldMessage(error: unknown, column: string): string {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error);
  const own = error.errorFor(column);
  if (own) return own;
  const [first] = error.errors;
  if (first) return first.field ? `${first.field}: ${first.message}` : first.message;
  return error.detail ?? error.title;
}
