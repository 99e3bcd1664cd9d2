/** Having a table watched by triggers: what would be run, and who may. */
import { Button, Code, Group, Modal, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { toProblem } from "~/lib/problem";
import { CopyButton } from "~/primitives/copy-button";
import { Failed } from "~/primitives/states";
import { tablePath } from "../data";
import type { TableRef } from "../model";

interface Watched {
  watched: boolean;
  allowed: boolean;
  reason: string | null;
  sql: string;
  undo_sql: string;
}

interface Props {
  tableRef: TableRef;
  onClose: () => void;
  onDone: () => void;
}

export default function WatchDialog({ tableRef, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const path = `${tablePath(tableRef)}/watch`;
  const shown = useQuery({
    queryKey: ["explorer", tableRef.source, "watch", tableRef.schema, tableRef.table],
    queryFn: async ({ signal }) => (await api.get<Watched>(path, { signal })).data,
    staleTime: 0,
  });
  const { data } = shown;
  const act = useMutation({
    mutationFn: () => (data?.watched ? api.delete(path) : api.post(path)),
    onSuccess: () => {
      onDone();
      onClose();
    },
  });
  const word = data?.watched ? "remove" : "make";
  const sql = data?.watched ? data.undo_sql : data?.sql;
  const refused = act.error ? toProblem(act.error) : null;
  return (
    <Modal opened onClose={onClose} size="lg" title={t(`explorer.live.watch.title.${word}`, { table: tableRef.table })}>
      {shown.error && <Failed problem={toProblem(shown.error)} onRetry={() => void shown.refetch()} />}
      {data && (
        <>
          <Text fz={14}>{t(`explorer.live.watch.text.${word}`)}</Text>
          <Group justify="space-between" mt={12} gap={8} wrap="nowrap">
            <Text fz={12} c="dimmed">
              {t("explorer.live.watch.sql")}
            </Text>
            <CopyButton value={sql ?? ""} label={t("explorer.viewAs.copySql")} />
          </Group>
          <Code block fz={12} style={{ maxHeight: 280, overflow: "auto", whiteSpace: "pre" }}>
            {sql}
          </Code>
          {(refused ?? !data.allowed) && (
            <Text fz={13} mt={10} c={refused ? "red" : "dimmed"} role={refused ? "alert" : undefined}>
              {refused?.detail ?? data.reason}
            </Text>
          )}
          <Group justify="flex-end" mt={16} gap={8}>
            <Button variant="default" onClick={onClose}>
              {t("explorer.live.watch.cancel")}
            </Button>
            <Button disabled={!data.allowed} loading={act.isPending} onClick={() => act.mutate()}>
              {t(`explorer.live.watch.do.${word}`)}
            </Button>
          </Group>
        </>
      )}
    </Modal>
  );
}
