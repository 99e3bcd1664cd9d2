/** What becomes of rows that are there, what means NULL, and whether a part is enough. */
import { Group, NativeSelect, Select, Switch, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Table } from "../model";
import { keysOf, MODES, type Mode, type Settings } from "./model";

interface OptionsProps {
  settings: Settings;
  table: Table;
  /** NULL is text there. */
  csv: boolean;
  onChange: (settings: Settings) => void;
}

export function Options({ settings, table, csv, onChange }: OptionsProps) {
  const { t } = useTranslation();
  const keys = keysOf(table);
  const open = (mode: Mode) =>
    (mode === "update" || table.insert.allowed) &&
    (mode === "insert" || mode === "skip" || table.update.allowed) &&
    (mode === "insert" || keys.length > 0);
  const key = (settings.key ?? table.primary_key).join(", ");
  return (
    <>
      <Group gap={12} align="flex-start" grow preventGrowOverflow={false} wrap="wrap">
        <Select
          label={t("explorer.import.mode")}
          description={t(`explorer.import.modeHelp.${settings.mode}`)}
          inputWrapperOrder={["label", "input", "description"]}
          allowDeselect={false}
          value={settings.mode}
          data={MODES.map((mode) => ({
            value: mode,
            label: t(`explorer.import.modes.${mode}`),
            disabled: !open(mode),
          }))}
          onChange={(mode) => mode && onChange({ ...settings, mode: mode as Mode })}
        />
        {settings.mode !== "insert" && (
          <NativeSelect
            label={t("explorer.import.key")}
            description={t("explorer.import.keyHelp")}
            inputWrapperOrder={["label", "input", "description"]}
            value={key}
            data={keys.map((columns) => ({ value: columns.join(", "), label: columns.join(", ") }))}
            onChange={(event) => {
              const chosen = keys.find((columns) => columns.join(", ") === event.currentTarget.value);
              onChange({ ...settings, key: chosen ?? null });
            }}
          />
        )}
        {csv && (
          <TextInput
            label={t("explorer.import.null")}
            description={t("explorer.import.nullHelp")}
            inputWrapperOrder={["label", "input", "description"]}
            placeholder={t("explorer.import.nullPlaceholder")}
            maxLength={100}
            value={settings.null ?? ""}
            onChange={(event) => onChange({ ...settings, null: event.currentTarget.value || null })}
          />
        )}
      </Group>
      <Switch
        label={t("explorer.import.whole")}
        description={t("explorer.import.wholeHelp")}
        checked={settings.whole}
        onChange={(event) => onChange({ ...settings, whole: event.currentTarget.checked })}
      />
    </>
  );
}
