/** Before rows are deleted: which, and what else goes or stands in the way. */
import { Alert, Button, Group, Loader, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Problem, toProblem } from "~/lib/problem";
import { type ChangeId, deleteRow, deleteRows } from "../changes";
import { referencesQuery, refreshRows } from "../data";
import type { Doomed } from "../doomed";
import { keyOf } from "../key";
import type { Row, Table, TableRef } from "../model";
import { Effects, isInTheWay } from "./Effects";
import { nameOf } from "./named";

/** From this many rows on, the number must be typed. */
const TYPED = 20;

interface DeleteDialogProps {
  tableRef: TableRef;
  table: Table;
  doomed: Doomed;
  /** Loaded rows, to name the one and to know its version. */
  rows: readonly Row[];
  onClose: () => void;
  onDeleted: () => void;
  /** Says what was done and offers to undo it. */
  onChanged: (change: ChangeId, text: string) => void;
}

export function DeleteDialog(props: DeleteDialogProps) {
  const { tableRef, table, doomed, rows, onClose, onDeleted, onChanged } = props;
  const { t } = useTranslation();
  const client = useQueryClient();
  const { filter, count } = doomed;
  const only = doomed.keys?.length === 1 ? doomed.keys[0] : undefined;
  const references = useQuery({
    ...referencesQuery(tableRef, filter),
    enabled: table.referenced_by.length > 0 && filter.length > 0,
    staleTime: 0,
  });
  const [typed, setTyped] = useState("");
  const [deleting, setDeleting] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const single = only === undefined ? undefined : rows.find((row) => keyOf(table, row) === only);
  const touched = (references.data ?? []).filter((one) => one.count !== 0);
  const blocked = touched.some((one) => one.count !== null && isInTheWay(one));
  const unconfirmed = count >= TYPED && typed.trim() !== String(count);

  const run = async () => {
    setDeleting(true);
    setProblem(null);
    try {
      const done =
        only !== undefined
          ? { count: 1, change: await deleteRow(tableRef, table, only, single?.$version ?? "*") }
          : await deleteRows(tableRef, filter, count);
      onChanged(done.change, t("explorer.deleted", { count: done.count }));
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
    <Modal opened onClose={onClose} title={t("explorer.deleteTitle", { count })} size={520} zIndex={350}>
      <Stack gap={12}>
        <Text size="sm">
          {single
            ? nameOf(table, single)
            : t(doomed.keys ? "explorer.deleteWhich" : "explorer.deleteMatching", { count, table: table.name })}
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
        <Effects counts={touched} />
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
        {count >= TYPED && !blocked && (
          <TextInput
            label={t("explorer.deleteType", { count })}
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
            {t("explorer.deleteRows", { count })}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
