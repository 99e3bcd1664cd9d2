/** How far an export is that is made in the background, and a way to stop it. */
import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Refused } from "~/kit/import/Refused";
import { api } from "~/lib/api";
import { formatBytes, formatCount, formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { exportQuery, type RowExport } from "./model";

export function Working({ made, onClose }: { made: RowExport; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: async () => (await api.post<RowExport>(`/row-exports/${made.id}/cancel`, {})).data,
    onSuccess: (next) => client.setQueryData(exportQuery(made.id).queryKey, next),
    onError: () => void client.invalidateQueries(exportQuery(made.id)),
  });
  const bytes = Number(made.bytes);
  return (
    <Stack gap={12}>
      <Text fz={14}>{t("explorer.export.making", { name: made.name })}</Text>
      <div role="status">
        <Progress value={made.percent} size="lg" animated aria-label={t("explorer.batch.progress")} />
        <Text fz={12} c="dimmed" mt={6}>
          {t("explorer.export.rowsSofar", { done: formatNumber(made.rows), all: formatCount(made.expected, true) })}
          {bytes > 0 && ` · ${formatBytes(bytes)}`}
          {made.per_second !== null &&
            ` · ${t("explorer.errand.rate", { rate: formatNumber(Math.round(made.per_second)) })}`}
        </Text>
      </div>
      <Text fz={12} c="dimmed">
        {t("explorer.errand.leave")}
      </Text>
      {cancel.isError && <Refused problem={toProblem(cancel.error)} />}
      <Group justify="space-between" gap={8}>
        <Button
          variant="default"
          c="var(--mantine-color-error)"
          loading={cancel.isPending || cancel.isSuccess}
          onClick={() => cancel.mutate()}
        >
          {t("explorer.export.stop")}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("explorer.errand.close")}
        </Button>
      </Group>
    </Stack>
  );
}
