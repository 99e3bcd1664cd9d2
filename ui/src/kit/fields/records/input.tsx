// A list of small records, such as rules: one line of fields each, in an order that may matter.
import { ActionIcon, Button, Group, Input, Paper, Stack, Text } from "@mantine/core";
import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { type ComponentType, useId } from "react";
import { useTranslation } from "react-i18next";
import { useLabels } from "~/lib/labels";
import type { FieldInputProps } from "../types";
import classes from "./records.module.css";

type Record_ = Record<string, unknown>;

interface RecordsFieldProps extends FieldInputProps {
  /** The input of one field inside; given, because it knows this one. */
  one: ComponentType<FieldInputProps>;
}

export function RecordsField({
  one: One,
  field,
  scope,
  id,
  label,
  help,
  value,
  onChange,
  error,
  disabled,
}: RecordsFieldProps) {
  const { t } = useTranslation();
  const labels = useLabels();
  const own = useId();
  const inner = field.items ?? [];
  const records: Record_[] = Array.isArray(value) ? (value as Record_[]) : [];
  const empty = Object.fromEntries(inner.map((item) => [item.name, item.nullable ? null : ""]));
  const put = (at: number, record: Record_ | null) =>
    onChange(record ? records.map((old, i) => (i === at ? record : old)) : records.filter((_, i) => i !== at));
  const swap = (at: number, by: number) => {
    const next = [...records];
    const [a, b] = [next[at], next[at + by]];
    if (!a || !b) return;
    next[at] = b;
    next[at + by] = a;
    onChange(next);
  };
  return (
    <Input.Wrapper label={label} description={help ?? undefined} error={error ?? undefined} labelElement="div" id={id}>
      <Stack gap={8} my={6}>
        {records.map((record, at) => (
          // Records have no names of their own; their place is what they are told apart by.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <Paper key={at} withBorder p={12} role="group" aria-label={t("fields.record", { number: at + 1 })}>
            <Group justify="space-between" wrap="nowrap" mb={8}>
              <Text fz={12} c="dimmed">
                {t("fields.record", { number: at + 1 })}
              </Text>
              <Group gap={4} wrap="nowrap">
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  disabled={disabled || at === 0}
                  aria-label={t("fields.recordUp")}
                  onClick={() => swap(at, -1)}
                >
                  <ArrowUp size={14} aria-hidden />
                </ActionIcon>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  disabled={disabled || at === records.length - 1}
                  aria-label={t("fields.recordDown")}
                  onClick={() => swap(at, 1)}
                >
                  <ArrowDown size={14} aria-hidden />
                </ActionIcon>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  disabled={disabled}
                  aria-label={t("fields.recordRemove")}
                  onClick={() => put(at, null)}
                >
                  <X size={14} aria-hidden />
                </ActionIcon>
              </Group>
            </Group>
            <div className={classes.fields}>
              {inner.map((item) => (
                <One
                  key={item.name}
                  field={item}
                  scope={`${scope}.${field.name}`}
                  id={`${own}-${at}-${item.name}`}
                  label={labels.field(`${scope}.${field.name}`, item)}
                  help={null}
                  value={record[item.name]}
                  onChange={(next) => put(at, { ...record, [item.name]: next })}
                  error={null}
                  disabled={disabled}
                />
              ))}
            </div>
          </Paper>
        ))}
        <Button
          variant="default"
          size="xs"
          style={{ alignSelf: "start" }}
          leftSection={<Plus size={14} aria-hidden />}
          disabled={disabled}
          onClick={() => onChange([...records, empty])}
        >
          {t("fields.recordAdd")}
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
