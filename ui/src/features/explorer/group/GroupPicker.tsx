/** By which column rows are put together, and what is told of each group. */
import { Button, Checkbox, Group, Popover, ScrollArea, Stack, Text } from "@mantine/core";
import { Group as GroupIcon, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Table } from "../model";
import type { TableState } from "../table/useTableState";
import { canGroup, functionsOf, readSummaries, writeSummary } from "./summaries";

export function GroupPicker({ table, state }: { table: Table; state: TableState }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const grouped = table.columns.find((column) => column.name === state.group);
  const chosen = new Set(readSummaries(table, state.summaries).map((one) => one.key));
  const toggle = (key: string) => {
    const next = new Set(chosen);
    if (!next.delete(key)) next.add(key);
    state.setSummaries([...next].join(","));
  };
  const summed = table.columns.filter((column) => column.name !== state.group && functionsOf(column).length > 0);
  return (
    <Button.Group>
      <Popover opened={open} onChange={setOpen} position="bottom-start" withinPortal trapFocus returnFocus>
        <Popover.Target>
          <Button
            size="xs"
            variant={grouped ? "light" : "default"}
            leftSection={<GroupIcon size={14} aria-hidden />}
            onClick={() => setOpen((now) => !now)}
          >
            {grouped ? t("explorer.group.by", { column: grouped.name }) : t("explorer.group.button")}
          </Button>
        </Popover.Target>
        <Popover.Dropdown p={12} maw={380} aria-label={t("explorer.group.button")}>
          <Text fz={12} fw={600} mb={6}>
            {t("explorer.group.column")}
          </Text>
          <ScrollArea.Autosize mah={200}>
            <Group gap={4}>
              {table.columns.filter(canGroup).map((column) => (
                <Button
                  key={column.name}
                  size="compact-xs"
                  variant={column.name === state.group ? "filled" : "default"}
                  aria-pressed={column.name === state.group}
                  onClick={() => state.setGroup(column.name === state.group ? undefined : column.name)}
                >
                  {column.name}
                </Button>
              ))}
            </Group>
          </ScrollArea.Autosize>
          {grouped && summed.length > 0 && (
            <>
              <Text fz={12} fw={600} mt={12} mb={6}>
                {t("explorer.group.summaries")}
              </Text>
              <ScrollArea.Autosize mah={220}>
                <Stack gap={6}>
                  {summed.map((column) => (
                    <Group key={column.name} gap={10} justify="space-between">
                      <Text fz={13}>{column.name}</Text>
                      <Group gap={8}>
                        {functionsOf(column).map((by) => (
                          <Checkbox
                            key={by}
                            size="xs"
                            label={t(`explorer.group.functions.${by}`)}
                            aria-label={t("explorer.group.of", {
                              by: t(`explorer.group.functions.${by}`),
                              column: column.name,
                            })}
                            checked={chosen.has(writeSummary(column.name, by))}
                            onChange={() => toggle(writeSummary(column.name, by))}
                          />
                        ))}
                      </Group>
                    </Group>
                  ))}
                </Stack>
              </ScrollArea.Autosize>
            </>
          )}
        </Popover.Dropdown>
      </Popover>
      {grouped && (
        <Button
          size="xs"
          variant="light"
          px={8}
          aria-label={t("explorer.group.off")}
          onClick={() => state.setGroup(undefined)}
        >
          <X size={13} aria-hidden />
        </Button>
      )}
    </Button.Group>
  );
}
