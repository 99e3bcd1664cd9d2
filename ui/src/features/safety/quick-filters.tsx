// The questions people come to the log with, one click each; the filter bar refines them.
import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FilterColumn, FilterCondition, FilterState } from "~/kit/filter";
import { same } from "~/lib/same";
import { useSession } from "~/lib/session";

interface QuickFiltersProps {
  columns: readonly FilterColumn[];
  value: FilterState;
  onChange: (next: FilterState) => void;
}

export function QuickFilters({ columns, value, onChange }: QuickFiltersProps) {
  const { t } = useTranslation();
  const me = useSession().user?.id;
  const has = (name: string) => columns.some((column) => column.name === name);
  const is = (column: string, value: string): FilterCondition => ({ kind: "condition", column, op: "eq", value });
  const quick = [
    {
      key: "refused",
      column: "outcome",
      filter: {
        kind: "condition" as const,
        column: "outcome",
        op: "in" as const,
        value: "",
        values: ["refused", "failed"],
      },
    },
    { key: "access", column: "class", filter: is("class", "access") },
    { key: "sign_in", column: "class", filter: is("class", "sign_in") },
    { key: "security", column: "class", filter: is("class", "security") },
    ...(me ? [{ key: "mine", column: "actor_id", filter: is("actor_id", me) }] : []),
    { key: "system", column: "actor_kind", filter: is("actor_kind", "system") },
  ].filter((one) => has(one.column));
  if (quick.length === 0) return null;

  const isOn = (filter: FilterCondition) =>
    value.items.some(
      (item) =>
        item.kind === "condition" &&
        item.column === filter.column &&
        item.op === filter.op &&
        same(item.values ?? item.value, filter.values ?? filter.value),
    );
  const toggle = (filter: FilterCondition) => {
    const others = value.items.filter((item) => item.kind !== "condition" || item.column !== filter.column);
    onChange({ items: isOn(filter) ? others : [...others, filter] });
  };
  return (
    <Group gap={8}>
      {quick.map(({ key, filter }) => (
        <Button
          key={key}
          size="xs"
          radius="xl"
          variant={isOn(filter) ? "light" : "default"}
          aria-pressed={isOn(filter)}
          onClick={() => toggle(filter)}
        >
          {t(`auditLog.quick.${key}`)}
        </Button>
      ))}
    </Group>
  );
}
