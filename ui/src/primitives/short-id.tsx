import { Group, Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CopyButton } from "./copy-button";

/** UUIDv7 begin with the time, so their end tells two apart. */
export function shortId(id: string): string {
  return id.length > 12 ? `…${id.slice(-8)}` : id;
}

export function ShortId({ value, bare }: { value: string; bare?: boolean }) {
  const { t } = useTranslation();
  const text = (
    <Tooltip label={value}>
      <Text span ff="monospace" fz={12} c="dimmed" style={{ whiteSpace: "nowrap" }}>
        {shortId(value)}
      </Text>
    </Tooltip>
  );
  if (bare) return text;
  return (
    <Group gap={2} wrap="nowrap" display="inline-flex">
      {text}
      <CopyButton value={value} label={t("primitives.copyId")} />
    </Group>
  );
}
