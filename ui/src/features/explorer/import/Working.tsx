/** How far an import or a try is, and a way to stop it. */
import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Refused } from "~/kit/import/Refused";
import { api } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { importQuery, type RowImport } from "./model";

export function Working({ made }: { made: RowImport }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: async () => api.post(`/row-imports/${made.id}/cancel`, {}),
    onSettled: () => client.invalidateQueries(importQuery(made.id)),
  });
  const rejected = made.report?.rejected ?? 0;
  return (
    <Stack gap={12}>
      <Text fz={14}>
        {t(`explorer.import.${made.status === "checking" ? "checking" : "running"}`, { name: made.name })}
      </Text>
      <div role="status">
        <Progress value={made.percent} size="lg" animated aria-label={t("explorer.import.progress")} />
        <Group justify="space-between" mt={6} gap={8}>
          <Text fz={12} c="dimmed">
            {t("explorer.import.sofar", {
              done: formatNumber(made.done),
              all: formatNumber(made.rows),
              percent: made.percent,
            })}
            {made.per_second !== null &&
              ` · ${t("explorer.errand.rate", { rate: formatNumber(Math.round(made.per_second)) })}`}
          </Text>
          {rejected > 0 && (
            <Text fz={12} c="red">
              {t("explorer.import.rejectedSoFar", { count: rejected, shown: formatNumber(rejected) })}
            </Text>
          )}
        </Group>
      </div>
      <Text fz={12} c="dimmed">
        {t("explorer.errand.leave")}
      </Text>
      {cancel.isError && <Refused problem={toProblem(cancel.error)} />}
      <Group justify="flex-end">
        <Button variant="default" loading={cancel.isPending || cancel.isSuccess} onClick={() => cancel.mutate()}>
          {t("explorer.cancel")}
        </Button>
      </Group>
    </Stack>
  );
}
