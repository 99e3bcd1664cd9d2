/** A new row: every column with its editor; what has a default is left to the database unless typed. */
import { Button, Drawer } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { LeaveDialog, UnsavedGuard } from "~/kit/form/unsaved-guard";
import { newKey } from "~/lib/api";
import { Problem, toProblem } from "~/lib/problem";
import { askedToInsert } from "../asked";
import { type ChangeId, insertRow } from "../changes";
import { refreshRows } from "../data";
import type { Table, TableRef } from "../model";
import type { FreshRow } from "../staged/fresh";
import { notInsertable } from "../table/columns";
import { type Drafts, insertValues, newDrafts } from "./form";
import { focusField, RowForm } from "./RowForm";
import classes from "./row.module.css";

interface InsertDrawerProps {
  tableRef: TableRef;
  table: Table;
  onClose: () => void;
  /** The new row's key; undefined when the table has none. */
  onInserted: (key: string | undefined) => void;
  /** Says what was done and offers to undo it. */
  onChanged: (change: ChangeId, text: string) => void;
  /** The row is collected rather than sent. */
  collecting?: CollectedRow;
}

export interface CollectedRow {
  /** One that is collected already, to be changed. */
  row?: FreshRow | undefined;
  onKeep: (drafts: Drafts) => void;
  onDrop: () => void;
}

export function InsertDrawer({ tableRef, table, onClose, onInserted, onChanged, collecting }: InsertDrawerProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const again = collecting?.row;
  const [start] = useState<Drafts>(() => again?.drafts ?? newDrafts(table.columns));
  const [drafts, setDrafts] = useState<Drafts>(start);
  const [tried, setTried] = useState(false);
  const [saving, setSaving] = useState(false);
  const [done, setDone] = useState<{ key: string | undefined } | null>(null);
  const [leaving, setLeaving] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(() => (again ? refusalOf(again) : null));
  // One key for one row: pressing again after a lost answer doesn't insert it twice.
  const idempotencyKey = useRef(newKey());
  const body = useRef<HTMLDivElement>(null);
  const result = insertValues(table.columns, drafts);
  const touched = again
    ? drafts !== start
    : Object.values(drafts).some((draft) => !draft.isDefault && !draft.isNull && draft.text !== "");

  // Left once the guard below has let go: the new row opens by its address.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is stored
  useEffect(() => {
    if (done) onInserted(done.key);
  }, [done]);

  const send = async () => {
    setTried(true);
    const [firstWrong] = Object.keys(result.problems);
    if (firstWrong) return focusField(body.current, firstWrong);
    if (collecting) return collecting.onKeep(drafts);
    setSaving(true);
    setProblem(null);
    try {
      const { key, change } = await insertRow(tableRef, table, result.values, idempotencyKey.current);
      onChanged(change, t("explorer.inserted"));
      await refreshRows(client, tableRef);
      setDone({ key });
    } catch (error) {
      const found = toProblem(error);
      // A refused row was not written; another try with other values needs another key.
      if (!found.transient) idempotencyKey.current = newKey();
      setProblem(found);
      const field = found.errors[0]?.field;
      if (field) focusField(body.current, field);
    } finally {
      setSaving(false);
    }
  };
  const close = () => {
    if (touched) setLeaving(true);
    else onClose();
  };
  const title = t("explorer.insertInto", { table: table.name });
  return (
    <Drawer.Root opened onClose={close} position="right" size={560}>
      <Drawer.Overlay backgroundOpacity={0.2} />
      <Drawer.Content aria-label={title}>
        <Drawer.Header className={classes.head}>
          <Drawer.Title>{title}</Drawer.Title>
          <Drawer.CloseButton aria-label={t("primitives.close")} />
        </Drawer.Header>
        <Drawer.Body p={0}>
          <RowForm
            source={tableRef.source}
            table={table}
            drafts={drafts}
            onDrafts={setDrafts}
            problem={problem}
            problemOf={({ name }) => (tried ? result.problems[name] : undefined)}
            disabledReason={(column) => notInsertable(column, t)}
            withDefault
            asked={askedToInsert(tableRef, result.values)}
            note={collecting ? t("explorer.staged.onlyKept") : undefined}
            body={body}
            send={() => void send()}
          >
            <UnsavedGuard dirty={touched && done === null} />
            <LeaveDialog opened={leaving} onStay={() => setLeaving(false)} onLeave={onClose} />
            {again && (
              <Button variant="subtle" color="red" onClick={collecting?.onDrop}>
                {t("explorer.staged.dropRow")}
              </Button>
            )}
            <Button variant="default" onClick={close}>
              {t("explorer.cancel")}
            </Button>
            <Button type="submit" loading={saving}>
              {t(again ? "explorer.staged.keepAgain" : collecting ? "explorer.staged.keep" : "explorer.insert")}
            </Button>
          </RowForm>
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

/** What the database said of a collected row, as the form shows it. */
function refusalOf({ refused, problem }: FreshRow): Problem | null {
  const errors = Object.entries(refused).map(([field, message]) => ({ field, code: "refused", message }));
  if (errors.length === 0 && problem === null) return null;
  const title = problem ?? "";
  return new Problem({
    type: "/problems/validation",
    title,
    status: 422,
    ...(problem ? { detail: problem } : {}),
    errors,
  });
}
