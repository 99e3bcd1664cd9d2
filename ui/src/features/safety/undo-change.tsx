// Takes a change of rows back from its entry: says first how many rows that is, or why it can't be done.
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { AuditRow } from "~/kit/resource/audit-entry";
import { api } from "~/lib/api";
import { toProblem } from "~/lib/problem";
import { toastDone } from "~/lib/toast";

const CHANGES: readonly string[] = ["rows.create", "rows.update", "rows.delete"];

/** `source.schema.table`; a point further on belongs to the table's name. */
function pathOf(kind: string): string | null {
  const [source, schema, ...table] = kind.split(".");
  if (!source || !schema || table.length === 0) return null;
  return `/explorer/${[source, "tables", schema, table.join(".")].map(encodeURIComponent).join("/")}/undo`;
}

export function UndoChange({ entry }: { entry: AuditRow }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const path = pathOf(entry.target_kind ?? "");
  const send = async (dry: boolean) =>
    (await api.post<{ rows: number }>(path ?? "", { entry: entry.id, dry_run: dry })).data.rows;
  const trial = useMutation({ mutationFn: () => send(true) });
  const undo = useMutation({
    mutationFn: () => send(false),
    onSuccess: async (count) => {
      trial.reset();
      toastDone(t("auditLog.undo.done", { count }));
      await client.invalidateQueries();
    },
  });
  if (path === null || entry.outcome !== "ok" || !CHANGES.includes(entry.action)) return null;
  const error = trial.error ?? undo.error;
  const close = () => {
    trial.reset();
    undo.reset();
  };
  return (
    <div>
      <Button
        size="xs"
        variant="default"
        leftSection={<Undo2 size={14} aria-hidden />}
        loading={trial.isPending}
        onClick={() => trial.mutate()}
      >
        {t("auditLog.undo.button")}
      </Button>
      <Modal opened={trial.isSuccess || error !== null} onClose={close} title={t("auditLog.undo.title")} size={460}>
        <Stack gap={12}>
          {trial.isSuccess && <Text fz={13}>{t("auditLog.undo.text", { count: trial.data })}</Text>}
          {error && (
            <Alert color="red" role="alert" p={10}>
              {toProblem(error).detail ?? toProblem(error).title}
            </Alert>
          )}
          <Group justify="flex-end" gap={8}>
            <Button variant="default" data-autofocus onClick={close}>
              {t("auditLog.undo.leave")}
            </Button>
            {trial.isSuccess && (
              <Button loading={undo.isPending} onClick={() => undo.mutate()}>
                {t("auditLog.undo.run", { count: trial.data })}
              </Button>
            )}
          </Group>
        </Stack>
      </Modal>
    </div>
  );
}
