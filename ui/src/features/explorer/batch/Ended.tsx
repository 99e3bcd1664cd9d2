/** What a batch did, and a way to take it back. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, Play, TriangleAlert, Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Refused } from "~/kit/import/Refused";
import { api } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { toldReason } from "~/lib/refusals/told";
import { type Batch, batchesKey, batchQuery } from "./model";

interface EndedProps {
  batch: Batch;
  onOpen: (id: string) => void;
  onClose: () => void;
}

export function Ended({ batch, onOpen, onClose }: EndedProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const ask = useMutation({
    mutationFn: async ({ path, body }: { path: string; body: object }) => (await api.post<Batch>(path, body)).data,
    onSuccess: (next) => {
      client.setQueryData(batchQuery(next.id).queryKey, next);
      void client.invalidateQueries({ queryKey: batchesKey });
      onOpen(next.id);
    },
  });
  const good = batch.status === "done";
  const count = { count: batch.changed, shown: formatNumber(batch.changed) };
  const title = good
    ? t(`explorer.batch.done.${batch.verb}`, count)
    : batch.changed === 0
      ? t(`explorer.batch.nothing.${batch.status === "cancelled" ? "cancelled" : "failed"}`)
      : t(`explorer.batch.part.${batch.status === "cancelled" ? "cancelled" : "failed"}`, {
          ...count,
          all: formatNumber(batch.expected),
        });
  const undo = (id: string, leave: boolean) =>
    ask.mutate({ path: `/row-batches/${id}/undo`, body: { leave_changed: leave } });
  const failedUndo = batch.verb === "undo" && batch.status === "failed" && batch.undoes !== null;
  return (
    <Stack gap={16}>
      <Alert
        role="status"
        color={good ? "green" : batch.status === "cancelled" ? "gray" : "red"}
        variant="light"
        icon={good ? <CircleCheck size={16} aria-hidden /> : <TriangleAlert size={16} aria-hidden />}
        title={title}
      >
        {toldReason(batch.error)}
        {batch.skipped > 0 && (
          <div>
            {t(batch.verb === "undo" ? "explorer.batch.leftChanged" : "explorer.batch.skipped", {
              count: batch.skipped,
              shown: formatNumber(batch.skipped),
            })}
          </div>
        )}
      </Alert>
      {batch.undone_by !== null && (
        <Text fz={13} c="dimmed">
          {t("explorer.batch.undone")}
        </Text>
      )}
      {!batch.undo.allowed && batch.changed > 0 && batch.verb !== "undo" && batch.undone_by === null && (
        <Text fz={13} c="dimmed">
          {t("explorer.batch.noUndo", { reason: toldReason(batch.undo.reason) })}
        </Text>
      )}
      {ask.isError && <Refused problem={toProblem(ask.error)} />}
      <Group justify="flex-end" gap={8}>
        {batch.undo.allowed && (
          <Button
            variant="default"
            leftSection={<Undo2 size={14} aria-hidden />}
            loading={ask.isPending}
            onClick={() => undo(batch.id, false)}
          >
            {t("explorer.batch.undo")}
          </Button>
        )}
        {failedUndo && (
          <Button
            variant="default"
            leftSection={<Undo2 size={14} aria-hidden />}
            loading={ask.isPending}
            onClick={() => undo(batch.undoes ?? "", true)}
          >
            {t("explorer.batch.undoOthers")}
          </Button>
        )}
        {batch.status === "failed" && batch.mode === "chunked" && (
          <Button
            variant="default"
            leftSection={<Play size={14} aria-hidden />}
            loading={ask.isPending}
            onClick={() => ask.mutate({ path: `/row-batches/${batch.id}/resume`, body: {} })}
          >
            {t("explorer.batch.resume")}
          </Button>
        )}
        <Button onClick={onClose}>{t("explorer.errand.close")}</Button>
      </Group>
    </Stack>
  );
}
