// The questions people come to the log with, one click each; the filter bar refines them.
import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FilterColumn, FilterCondition, FilterState } from "~/kit/filter";
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
  const condition = (column: string, op: FilterCondition["op"], operand: string, not = false): FilterCondition => ({
    kind: "condition",
    column,
    op,
    value: operand,
    ...(not ? { not } : {}),
  });
  const quick = [
    { key: "refused", column: "outcome", filter: condition("outcome", "neq", "ok") },
    ...(me ? [{ key: "mine", column: "actor_id", filter: condition("actor_id", "eq", me) }] : []),
    { key: "system", column: "actor_kind", filter: condition("actor_kind", "eq", "system") },
  ].filter((one) => has(one.column));
  if (quick.length === 0) return null;

  const isOn = (filter: FilterCondition) =>
    value.items.some(
      (item) =>
        item.kind === "condition" &&
        item.column === filter.column &&
        item.op === filter.op &&
        item.value === filter.value,
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
