/** How an export ended that was made in the background: the file, or why there is none. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { CircleCheck, Download, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatNumber, formatRelative } from "~/lib/format";
import { toldReason } from "~/lib/refusals/told";
import { RelativeTime } from "~/primitives/relative-time";
import { fileOf, type RowExport } from "./model";

interface EndedProps {
  made: RowExport;
  onAnother: () => void;
  onClose: () => void;
}

export function Ended({ made, onAnother, onClose }: EndedProps) {
  const { t } = useTranslation();
  const good = made.status === "done";
  return (
    <Stack gap={16}>
      <Alert
        role="status"
        color={good ? "green" : made.status === "failed" ? "red" : "gray"}
        variant="light"
        icon={good ? <CircleCheck size={16} aria-hidden /> : <TriangleAlert size={16} aria-hidden />}
        title={t(`explorer.export.ended.${made.status}`, { name: made.name })}
      >
        {good
          ? t("explorer.export.holds", {
              count: made.rows,
              shown: formatNumber(made.rows),
              size: formatBytes(Number(made.bytes)),
            })
          : toldReason(made.error)}
      </Alert>
      {good && (
        <Text fz={13} c="dimmed">
          {t("explorer.export.onlyYours")} {made.revealed && t("explorer.export.revealed")}{" "}
          {made.expires_at !== null && (
            // Short times end with a dot of their own.
            <>
              {t("explorer.export.goes")} <RelativeTime value={made.expires_at} />
              {formatRelative(made.expires_at, Date.now()).endsWith(".") ? "" : "."}
            </>
          )}
        </Text>
      )}
      <Group justify="flex-end" gap={8}>
        <Button variant="subtle" mr="auto" onClick={onAnother}>
          {t("explorer.export.another")}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("explorer.errand.close")}
        </Button>
        {good && (
          <Button
            component="a"
            href={fileOf(made)}
            download={made.name}
            leftSection={<Download size={14} aria-hidden />}
            data-autofocus
          >
            {t("explorer.export.download")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
