/** Before rows are deleted: which, and what else goes or stands in the way. */
import { Alert, Button, Group, Loader, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "~/lib/format";
import { type Problem, toProblem } from "~/lib/problem";
import { toastDone } from "~/lib/toast";
import { cellText } from "../cells/text";
import { deleteRow, deleteRows } from "../changes";
import { referencesQuery, refreshRows } from "../data";
import { keyOf, keysFilter } from "../key";
import type { ReferenceCount, Row, Table, TableRef } from "../model";
import classes from "./row.module.css";

/** From this many rows on, the number must be typed. */
const TYPED = 20;

interface DeleteDialogProps {
  tableRef: TableRef;
  table: Table;
  keys: readonly string[];
  /** Loaded rows, to name the one and to know its version. */
  rows: readonly Row[];
  onClose: () => void;
  onDeleted: () => void;
}

export function DeleteDialog({ tableRef, table, keys, rows, onClose, onDeleted }: DeleteDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const filter = keysFilter(table, keys) ?? [];
  const references = useQuery({
    ...referencesQuery(tableRef, filter),
    enabled: table.referenced_by.length > 0 && filter.length > 0,
    staleTime: 0,
  });
  const [typed, setTyped] = useState("");
  const [deleting, setDeleting] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const single = keys.length === 1 ? rows.find((row) => keyOf(table, row) === keys[0]) : undefined;
  const touched = (references.data ?? []).filter((one) => one.count > 0);
  const blocked = touched.some((one) => one.on_delete === "restrict" || one.on_delete === "no_action");
  const unconfirmed = keys.length >= TYPED && typed.trim() !== String(keys.length);

  const run = async () => {
    setDeleting(true);
    setProblem(null);
    try {
      const [key] = keys;
      if (keys.length === 1 && key !== undefined) await deleteRow(tableRef, table, key, single?.$version ?? "*");
      else await deleteRows(tableRef, filter);
      toastDone(t("explorer.deleted", { count: keys.length }));
      onDeleted();
      await refreshRows(client, tableRef);
    } catch (error) {
      setProblem(toProblem(error));
      if (toProblem(error).conflict) await refreshRows(client, tableRef);
    } finally {
      setDeleting(false);
    }
  };

  return (
    <Modal opened onClose={onClose} title={t("explorer.deleteTitle", { count: keys.length })} size={520} zIndex={350}>
      <Stack gap={12}>
        <Text size="sm">
          {single ? nameOf(table, single) : t("explorer.deleteWhich", { count: keys.length, table: table.name })}
        </Text>
        {references.isFetching && (
          <Group gap={8}>
            <Loader size="xs" />
            <Text size="sm" c="dimmed">
              {t("explorer.deleteChecking")}
            </Text>
          </Group>
        )}
        {references.isError && (
          <Alert color="yellow" p={10}>
            {t("explorer.deleteUnknown")}
          </Alert>
        )}
        {touched.length > 0 && (
          <ul className={classes.effects}>
            {touched.map((one) => (
              <Effect key={`${one.schema}.${one.table}.${one.constraint}`} one={one} />
            ))}
          </ul>
        )}
        {references.isSuccess && touched.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("explorer.deleteNothingElse")}
          </Text>
        )}
        {blocked && (
          <Alert color="red" p={10}>
            {t("explorer.deleteBlocked")}
          </Alert>
        )}
        {keys.length >= TYPED && !blocked && (
          <TextInput
            label={t("explorer.deleteType", { count: keys.length })}
            value={typed}
            onChange={(e) => setTyped(e.currentTarget.value)}
            inputMode="numeric"
            data-autofocus
          />
        )}
        {problem && (
          <Alert color="red" role="alert" p={10}>
            {problem.conflict
              ? t("explorer.deleteChanged")
              : (problem.errors[0]?.message ?? problem.detail ?? problem.title)}
          </Alert>
        )}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={onClose}>
            {t("explorer.cancel")}
          </Button>
          <Button
            color="red"
            loading={deleting}
            disabled={blocked || unconfirmed || (references.isFetching && !references.data)}
            onClick={() => void run()}
          >
            {t("explorer.deleteRows", { count: keys.length })}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Effect({ one }: { one: ReferenceCount }) {
  const { t } = useTranslation();
  const count = formatNumber(one.count) + (one.capped ? "+" : "");
  return (
    <li data-bad={one.on_delete === "restrict" || one.on_delete === "no_action" || undefined}>
      <strong>
        {one.schema}.{one.table}
      </strong>
      : {t(`explorer.effect.${one.on_delete}`, { rows: count, columns: one.columns.join(", ") })}
    </li>
  );
}

/** Key and the first telling text of a row. */
function nameOf(table: Table, row: Row): string {
  const key = table.primary_key.map((name) => `${name} = ${String(row[name])}`).join(", ");
  const text = table.columns.find((c) => c.category === "text" && c.readable && row[c.name] !== null);
  return `${table.name}: ${key}${text ? ` · ${cellText(row[text.name], text).slice(0, 80)}` : ""}`;
}
