/** Offers to undo a change just after it was made, and says why when that can't be done any more. */
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { Check, Undo2 } from "lucide-react";
import { type ReactNode, useCallback, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { SmallButton } from "~/kit/grid";
import { type Problem, toProblem } from "~/lib/problem";
import { toastProblem } from "~/lib/toast";
import type { ChangeId } from "../changes";
import { refreshRows } from "../data";
import type { Table, TableRef } from "../model";
import { undoChange } from "./data";
import classes from "./history.module.css";
import { UndoRefused } from "./UndoRefused";

/** One note at a time: the newest change is the one to undo. */
const NOTE = "explorer-undo";
const OFFERED = 10_000;

export interface Undo {
  /** Says what was done and offers for some seconds to undo it. */
  offer: (change: ChangeId, text: string) => void;
  /** Undoes a change; `only` the one row of it. */
  undo: (change: string, only?: boolean) => Promise<void>;
  /** Undoes the change that was made last; false when there is none. */
  undoLast: () => boolean;
  dialog: ReactNode;
}

export function useUndo(ref: TableRef, table: Table): Undo {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [refused, setRefused] = useState<Problem | null>(null);
  const last = useRef<string | null>(null);
  const now = useRef({ ref, t, client });
  now.current = { ref, t, client };

  const offer = useCallback((change: ChangeId, text: string) => {
    const { t } = now.current;
    last.current = change;
    notifications.hide(NOTE);
    notifications.show({
      id: NOTE,
      color: "green",
      icon: <Check size={14} aria-hidden />,
      withBorder: true,
      autoClose: OFFERED,
      message: (
        <div className={classes.note}>
          <span>{text}</span>
          {change !== null && (
            <SmallButton
              variant="light"
              leftSection={<Undo2 size={13} aria-hidden />}
              onClick={() => void run.current(change)}
            >
              {t("explorer.history.undo")}
            </SmallButton>
          )}
        </div>
      ),
    });
  }, []);

  const undo = useCallback(
    async (change: string, only = false) => {
      const { ref, t, client } = now.current;
      notifications.hide(NOTE);
      if (last.current === change) last.current = null;
      try {
        const undone = await undoChange(ref, change, { only });
        offer(undone.entry, t("explorer.history.undone", { count: undone.rows }));
        await refreshRows(client, ref);
      } catch (error) {
        const problem = toProblem(error);
        if (problem.status !== 409) return toastProblem(problem, t("explorer.history.notUndone"));
        setRefused(problem);
        await refreshRows(client, ref);
      }
    },
    [offer],
  );
  const run = useRef(undo);
  run.current = undo;
  const undoLast = useCallback(() => {
    const change = last.current;
    if (change === null) return false;
    void run.current(change);
    return true;
  }, []);

  const dialog = refused && <UndoRefused problem={refused} table={table} onClose={() => setRefused(null)} />;
  return useMemo(() => ({ offer, undo, undoLast, dialog }), [offer, undo, undoLast, dialog]);
}
