import { Group } from "@mantine/core";
import { useLabels } from "~/lib/labels";
import { StatusBadge } from "~/primitives/status-badge";
import type { FieldViewProps } from "../types";

export function ListView({ field, scope, value, dense }: FieldViewProps) {
  const labels = useLabels();
  const items = (Array.isArray(value) ? value : [value]).map((item) => {
    const option = field.options?.find((one) => one.value === item);
    return {
      key: String(item),
      text: option ? labels.option(scope, field.name, option) : String(item),
      color: option?.color,
    };
  });
  if (dense) return <>{items.map((item) => item.text).join(", ")}</>;
  return (
    <Group gap={4}>
      {items.map((item) => (
        <StatusBadge key={item.key} color={item.color}>
          {item.text}
        </StatusBadge>
      ))}
    </Group>
  );
}
