/** How far a batch is, and ways to let it wait, go on or stop. */
import { Alert, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pause, Play, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Refused } from "~/kit/import/Refused";
import { api } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { toldReason } from "~/lib/refusals/told";
import { type Batch, batchesKey, batchQuery } from "./model";

export function Working({ batch, onClose }: { batch: Batch; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const steer = useMutation({
    mutationFn: async (verb: "pause" | "resume" | "cancel") =>
      (await api.post<Batch>(`/row-batches/${batch.id}/${verb}`, {})).data,
    onSuccess: (next) => client.setQueryData(batchQuery(batch.id).queryKey, next),
    onSettled: () => client.invalidateQueries({ queryKey: batchesKey }),
  });
  const paused = batch.status === "paused";
  const mode = batch.verb === "undo" ? "atomic" : batch.mode;
  return (
    <Stack gap={12}>
      <Text fz={14}>
        {t(paused ? "explorer.batch.paused" : `explorer.batch.running.${batch.verb}`, {
          count: batch.expected,
          shown: formatNumber(batch.expected),
        })}
      </Text>
      {paused && batch.error !== null && (
        <Alert color="yellow" role="alert" icon={<TriangleAlert size={16} aria-hidden />}>
          {toldReason(batch.error)}
        </Alert>
      )}
      <div role="status">
        <Progress
          value={batch.percent}
          size="lg"
          animated={!paused}
          color={paused ? "gray" : undefined}
          aria-label={t("explorer.batch.progress")}
        />
        <Text fz={12} c="dimmed" mt={6}>
          {t("explorer.batch.sofar", {
            done: formatNumber(batch.changed + batch.skipped),
            all: formatNumber(batch.expected),
            percent: batch.percent,
          })}
          {!paused &&
            batch.per_second !== null &&
            ` · ${t("explorer.errand.rate", { rate: formatNumber(Math.round(batch.per_second)) })}`}
          {batch.wish !== null && ` · ${t(`explorer.batch.wish.${batch.wish}`)}`}
        </Text>
      </div>
      <Text fz={12} c="dimmed">
        {paused
          ? t(`explorer.batch.pausedHelp.${mode}`)
          : `${t("explorer.batch.leave")} ${t(`explorer.batch.stopHelp.${mode}`)}`}
      </Text>
      {steer.isError && <Refused problem={toProblem(steer.error)} />}
      <Group justify="space-between" gap={8}>
        <Button
          variant="default"
          c="var(--mantine-color-error)"
          disabled={batch.wish === "cancel"}
          loading={steer.isPending && steer.variables === "cancel"}
          onClick={() => steer.mutate("cancel")}
        >
          {t("explorer.batch.stop")}
        </Button>
        <Group gap={8}>
          <Button variant="default" onClick={onClose}>
            {t("explorer.errand.close")}
          </Button>
          {paused ? (
            <Button
              leftSection={<Play size={14} aria-hidden />}
              loading={steer.isPending && steer.variables === "resume"}
              onClick={() => steer.mutate("resume")}
            >
              {t("explorer.batch.resume")}
            </Button>
          ) : (
            <Button
              leftSection={<Pause size={14} aria-hidden />}
              disabled={batch.wish !== null}
              loading={steer.isPending && steer.variables === "pause"}
              onClick={() => steer.mutate("pause")}
            >
              {t("explorer.batch.pause")}
            </Button>
          )}
        </Group>
      </Group>
    </Stack>
  );
}
