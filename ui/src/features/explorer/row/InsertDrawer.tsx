/** A new row: every column with its editor; what has a default is left to the database unless typed. */
import { Alert, Button, Drawer, Group } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { newKey } from "~/lib/api";
import { type Problem, toProblem } from "~/lib/problem";
import { toastDone } from "~/lib/toast";
import { foreignKeyOf } from "../cells/foreign";
import { insertRow } from "../changes";
import { refreshRows } from "../data";
import type { Column, Table, TableRef } from "../model";
import { FieldRow } from "./FieldRow";
import { type Drafts, insertable, insertValues, newDrafts } from "./form";
import classes from "./row.module.css";

interface InsertDrawerProps {
  tableRef: TableRef;
  table: Table;
  onClose: () => void;
  /** The new row's key; undefined when the table has none. */
  onInserted: (key: string | undefined) => void;
}

export function InsertDrawer({ tableRef, table, onClose, onInserted }: InsertDrawerProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [drafts, setDrafts] = useState<Drafts>(() => newDrafts(table.columns));
  const [tried, setTried] = useState(false);
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  // One key for one row: pressing again after a lost answer doesn't insert it twice.
  const idempotencyKey = useRef(newKey());
  const body = useRef<HTMLDivElement>(null);
  const result = insertValues(table.columns, drafts);
  const touched = Object.values(drafts).some((draft) => !draft.isDefault && !draft.isNull && draft.text !== "");

  const send = async () => {
    setTried(true);
    const [firstWrong] = Object.keys(result.problems);
    if (firstWrong) return focusField(body.current, firstWrong);
    setSaving(true);
    setProblem(null);
    try {
      const key = await insertRow(tableRef, table, result.values, idempotencyKey.current);
      toastDone(t("explorer.inserted"));
      await refreshRows(client, tableRef);
      onInserted(key);
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
    if (!touched || window.confirm(t("explorer.discard"))) onClose();
  };
  const loose = problem?.errors.filter((e) => !table.columns.some((c) => c.name === e.field)) ?? [];
  return (
    <Drawer.Root opened onClose={close} position="right" size={560}>
      <Drawer.Overlay backgroundOpacity={0.2} />
      <Drawer.Content aria-label={t("explorer.insertInto", { table: table.name })}>
        <Drawer.Header className={classes.head}>
          <Drawer.Title>{t("explorer.insertInto", { table: table.name })}</Drawer.Title>
          <Drawer.CloseButton aria-label={t("primitives.close")} />
        </Drawer.Header>
        <Drawer.Body p={0}>
          <form
            onSubmit={(e) => {
              e.preventDefault();
              void send();
            }}
            onKeyDown={(e) => saveKey(e, send)}
          >
            <div ref={body} className={classes.form}>
              {problem && (problem.errors.length === 0 || loose.length > 0) && (
                <Alert color="red" role="alert" p={10}>
                  {loose.map((e) => e.message).join(" ") || (problem.detail ?? problem.title)}
                </Alert>
              )}
              {table.columns.map((column) => (
                <FieldRow
                  key={column.name}
                  source={tableRef.source}
                  column={column}
                  foreignKey={foreignKeyOf(table.foreign_keys, column.name)}
                  draft={drafts[column.name] ?? { text: "", isNull: true }}
                  onDraft={(draft) => setDrafts((now) => ({ ...now, [column.name]: draft }))}
                  problem={tried ? result.problems[column.name] : undefined}
                  refusal={problem?.errorFor(column.name) ?? null}
                  disabledReason={insertable(column) ? null : whyNot(column, t)}
                  withDefault
                />
              ))}
            </div>
            <Group justify="flex-end" gap={8} className={classes.foot}>
              <Button variant="default" onClick={close}>
                {t("explorer.cancel")}
              </Button>
              <Button type="submit" loading={saving}>
                {t("explorer.insert")}
              </Button>
            </Group>
          </form>
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function whyNot(column: Column, t: (key: string) => string): string {
  if (column.generated) return t("explorer.readOnlyGenerated");
  if (column.identity === "always") return t("explorer.readOnlyIdentity");
  return column.hidden_reason ?? t("explorer.readOnlyColumn");
}

/** Ctrl-S and Ctrl-Enter save from anywhere in a form. */
export function saveKey(e: KeyboardEvent, save: () => void): void {
  if (!(e.ctrlKey || e.metaKey) || (e.key !== "s" && e.key !== "Enter")) return;
  e.preventDefault();
  e.stopPropagation();
  save();
}

export function focusField(root: HTMLElement | null, name: string): void {
  const field = root?.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"]`);
  field?.scrollIntoView({ block: "center" });
  field?.querySelector<HTMLElement>("input:not([disabled]),textarea,.cm-content")?.focus();
}
