/** Sends what is collected, all of it at once, or tries it; shows refusals at their rows and asks where others changed the same. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { newKey } from "~/lib/api";
import { type Problem, type RowConflict, toProblem } from "~/lib/problem";
import { toastDone, toastProblem } from "~/lib/toast";
import { commitChanges, tryChanges } from "../changes";
import { refreshRows } from "../data";
import { ConflictDialog } from "../edit/ConflictDialog";
import type { Undo } from "../history/useUndo";
import type { Table, TableRef } from "../model";
import { type Collected, countAll, markRefused, type Outcome, toBody } from "./collected";
import { refuseRow, settleRow } from "./staged";
import type { Collecting } from "./useCollected";
import { summary } from "./words";

export interface Sending {
  /** On its way to be written, or to be tried. */
  committing: boolean;
  trying: boolean;
  commit: () => Promise<void>;
  tryIt: () => Promise<void>;
  /** What would come of each row, by key; null unless what is collected now was tried. */
  outcomes: ReadonlyMap<string, Outcome> | null;
  /** Nothing of it can be written as it is: said by the last attempt, of what is collected now. */
  refused: boolean;
  dialog: ReactNode;
}

interface Asking {
  key: string;
  conflict: RowConflict;
}

export function useCommit(ref: TableRef, table: Table, undo: Undo, collecting: Collecting): Sending {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { all, latest, step, become, forget } = collecting;
  const [asking, setAsking] = useState<Asking[]>([]);
  const [busy, setBusy] = useState<"committing" | "trying" | null>(null);
  const [tried, setTried] = useState<{ of: Collected; outcomes: ReadonlyMap<string, Outcome> } | null>(null);
  const [refusedAs, setRefusedAs] = useState<Collected | null>(null);
  const now = useRef({ ref, table, t });
  now.current = { ref, table, t };
  // One key for one content: sent again after a lost answer, no row is made twice.
  const sending = useRef<{ of: Collected | null; key: string }>({ of: null, key: "" });

  /** Shows a refusal where it belongs; false when it is about no row. */
  const refuse = useCallback(
    (problem: Problem, keys: readonly string[]): boolean => {
      const { t } = now.current;
      const all = latest();
      const conflicts = problem.rows.flatMap((conflict): Asking[] => {
        const key = keys[conflict.change ?? -1];
        return key === undefined ? [] : [{ key, conflict }];
      });
      if (conflicts.length === 0) {
        const marked = markRefused(all, keys, problem);
        if (marked) become(marked);
        setRefusedAs(marked);
        return marked !== null;
      }
      let { stored } = all;
      const open: Asking[] = [];
      for (const one of conflicts) {
        const { gone, fields, current_version: version } = one.conflict;
        if (gone || (fields.length === 0 && !stored.get(one.key)?.fate))
          stored = refuseRow(stored, one.key, { text: t("explorer.rowGone") });
        else if (stored.get(one.key)?.fate)
          stored = refuseRow(stored, one.key, { text: t("explorer.staged.changedSince"), version: version ?? null });
        else open.push(one);
      }
      const marked = { ...all, stored };
      become(marked);
      setRefusedAs(open.length > 0 ? null : marked);
      setAsking(open);
      void refreshRows(client, now.current.ref);
      return true;
    },
    [latest, become, client],
  );

  const attempt = useCallback(
    async (what: "committing" | "trying") => {
      const { ref, table, t } = now.current;
      const all = latest();
      const { changes, keys } = toBody(all, table);
      setBusy(what);
      setTried(null);
      setRefusedAs(null);
      try {
        if (what === "trying") {
          const outcomes = await tryChanges(ref, changes);
          const byKey = new Map(keys.flatMap((key, i) => (outcomes[i] ? [[key, outcomes[i]] as const] : [])));
          setTried({ of: all, outcomes: byKey });
          return;
        }
        if (sending.current.of !== all) sending.current = { of: all, key: newKey() };
        const done = await commitChanges(ref, changes, sending.current.key);
        forget();
        undo.offer(done.change, summary(countAll(all), t));
        if (done.merged > 0) toastDone(t("explorer.merged"));
        await refreshRows(client, ref);
      } catch (error) {
        const problem = toProblem(error);
        // It was refused: another attempt is another request, which may end otherwise.
        if (!problem.transient) sending.current.of = null;
        if (!refuse(problem, keys)) toastProblem(problem);
      } finally {
        setBusy(null);
      }
    },
    [client, undo, latest, forget, refuse],
  );

  const first = asking[0];
  const dialog = first && (
    <ConflictDialog
      key={first.key}
      columns={table.columns}
      merge={{ apart: {}, both: first.conflict.fields }}
      title={t("explorer.staged.conflict", { key: first.key })}
      onSettle={(choice) => {
        step((all) => ({ ...all, stored: settleRow(all.stored, first.key, first.conflict, choice) }));
        setAsking((all) => all.slice(1));
      }}
      onClose={() => setAsking([])}
    />
  );
  return {
    committing: busy === "committing",
    trying: busy === "trying",
    commit: useCallback(() => attempt("committing"), [attempt]),
    tryIt: useCallback(() => attempt("trying"), [attempt]),
    outcomes: tried?.of === all ? tried.outcomes : null,
    refused: refusedAs === all,
    dialog,
  };
}
