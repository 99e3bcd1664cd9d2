import { useLabels } from "~/lib/labels";
import { StatusBadge } from "~/primitives/status-badge";
import type { FieldViewProps } from "../types";

export function EnumView({ field, scope, value }: FieldViewProps) {
  const labels = useLabels();
  const option = field.options?.find((one) => one.value === value);
  return (
    <StatusBadge color={option?.color}>{option ? labels.option(scope, field.name, option) : String(value)}</StatusBadge>
  );
}
