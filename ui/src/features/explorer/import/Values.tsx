/** Columns of the table that get the same value in every row. */
import { ActionIcon, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Column } from "../model";
import { shortType } from "../types-text";
import { type Settings, valuesOf, withValue } from "./model";

interface ValuesProps {
  settings: Settings;
  targets: readonly Column[];
  onChange: (settings: Settings) => void;
}

export function Values({ settings, targets, onChange }: ValuesProps) {
  const { t } = useTranslation();
  const open = targets.filter((column) => settings.columns?.[column.name] === undefined);
  const values = valuesOf(settings);
  if (values.length === 0 && open.length === 0) return null;
  return (
    <Stack gap={8}>
      {values.map(([name, value]) => (
        <Group key={name} gap={8} wrap="nowrap">
          <Text fz={13} fw={500} w={160} truncate>
            {name}
          </Text>
          <TextInput
            size="xs"
            flex={1}
            aria-label={t("explorer.import.valueOf", { column: name })}
            value={value ?? ""}
            disabled={value === null}
            onChange={(event) => onChange(withValue(settings, name, event.currentTarget.value))}
          />
          <Checkbox
            size="xs"
            label={t("explorer.null")}
            checked={value === null}
            onChange={(event) => onChange(withValue(settings, name, event.currentTarget.checked ? null : ""))}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("explorer.import.removeValue", { column: name })}
            onClick={() => onChange(withValue(settings, name, undefined))}
          >
            <X size={14} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      {open.length > 0 && (
        <NativeSelect
          size="xs"
          w={280}
          aria-label={t("explorer.import.addValue")}
          value=""
          onChange={(event) => onChange(withValue(settings, event.currentTarget.value, ""))}
          data={[
            { value: "", label: t("explorer.import.addValue") },
            ...open.map(({ name, type }) => ({ value: name, label: `${name} · ${shortType(type)}` })),
          ]}
        />
      )}
    </Stack>
  );
}
