/** What an import did. */
import { Button, Group, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatNumber } from "~/lib/format";
import { Findings } from "./Findings";
import type { RowImport } from "./model";

export function Done({ made, onAnother, onClose }: { made: RowImport; onAnother: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const report = made.report;
  const written = (report?.inserted ?? 0) + (report?.updated ?? 0);
  return (
    <Stack gap={16}>
      {report && (
        <Findings
          report={report}
          id={made.id}
          title={t("explorer.import.done", { name: made.name, count: written, shown: formatNumber(written) })}
        />
      )}
      <Group justify="flex-end" gap={8}>
        <Button variant="default" onClick={onAnother}>
          {t("explorer.import.another")}
        </Button>
        <Button onClick={onClose}>{t("explorer.errand.close")}</Button>
      </Group>
    </Stack>
  );
}
