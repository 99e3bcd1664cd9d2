/** A new row: every column with its editor; what has a default is left to the database unless typed. */
import { Button, Drawer } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { LeaveDialog, UnsavedGuard } from "~/kit/form/unsaved-guard";
import { newKey } from "~/lib/api";
import { type Problem, toProblem } from "~/lib/problem";
import { askedToInsert } from "../asked";
import { type ChangeId, insertRow } from "../changes";
import { refreshRows } from "../data";
import type { Column, Table, TableRef } from "../model";
import { notWritable } from "../table/columns";
import { type Drafts, insertable, insertValues, newDrafts } from "./form";
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
}

export function InsertDrawer({ tableRef, table, onClose, onInserted, onChanged }: InsertDrawerProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [drafts, setDrafts] = useState<Drafts>(() => newDrafts(table.columns));
  const [tried, setTried] = useState(false);
  const [saving, setSaving] = useState(false);
  const [done, setDone] = useState<{ key: string | undefined } | null>(null);
  const [leaving, setLeaving] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  // One key for one row: pressing again after a lost answer doesn't insert it twice.
  const idempotencyKey = useRef(newKey());
  const body = useRef<HTMLDivElement>(null);
  const result = insertValues(table.columns, drafts);
  const touched = Object.values(drafts).some((draft) => !draft.isDefault && !draft.isNull && draft.text !== "");

  // Left once the guard below has let go: the new row opens by its address.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is stored
  useEffect(() => {
    if (done) onInserted(done.key);
  }, [done]);

  const send = async () => {
    setTried(true);
    const [firstWrong] = Object.keys(result.problems);
    if (firstWrong) return focusField(body.current, firstWrong);
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
  return (
    <Drawer.Root opened onClose={close} position="right" size={560}>
      <Drawer.Overlay backgroundOpacity={0.2} />
      <Drawer.Content aria-label={t("explorer.insertInto", { table: table.name })}>
        <Drawer.Header className={classes.head}>
          <Drawer.Title>{t("explorer.insertInto", { table: table.name })}</Drawer.Title>
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
            disabledReason={(column) => (insertable(column) ? null : whyNot(column, t))}
            withDefault
            asked={askedToInsert(tableRef, result.values)}
            body={body}
            send={() => void send()}
          >
            <UnsavedGuard dirty={touched && done === null} />
            <LeaveDialog opened={leaving} onStay={() => setLeaving(false)} onLeave={onClose} />
            <Button variant="default" onClick={close}>
              {t("explorer.cancel")}
            </Button>
            <Button type="submit" loading={saving}>
              {t("explorer.insert")}
            </Button>
          </RowForm>
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function whyNot(column: Column, t: TFunction): string {
  if (column.generated) return t("explorer.readOnlyGenerated");
  if (column.identity === "always") return t("explorer.readOnlyIdentity");
  return column.hidden_reason ?? notWritable(column, t);
}
