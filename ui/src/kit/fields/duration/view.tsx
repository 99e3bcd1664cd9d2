import type { FieldViewProps } from "../types";

export function DurationView({ value }: FieldViewProps) {
  return <span style={{ whiteSpace: "nowrap" }}>{String(value)}</span>;
}
