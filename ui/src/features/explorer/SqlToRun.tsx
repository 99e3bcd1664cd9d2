/** Statements that somebody could run in the database, to read and to copy. */
import { Code, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CopyButton } from "~/primitives/copy-button";

export function SqlToRun({ sql }: { sql: string }) {
  const { t } = useTranslation();
  return (
    <div style={{ marginTop: 8, textAlign: "start" }}>
      <Group justify="space-between" gap={8} wrap="nowrap">
        <Text fz={12} c="dimmed">
          {t("explorer.viewAs.missing")}
        </Text>
        <CopyButton value={sql} label={t("explorer.viewAs.copySql")} />
      </Group>
      <Code
        block
        fz={12}
        style={{ maxHeight: 160, overflow: "auto", whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}
      >
        {sql}
      </Code>
    </div>
  );
}
