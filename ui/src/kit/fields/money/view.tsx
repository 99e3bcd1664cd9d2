import { formatExactNumber } from "~/lib/format";
import type { FieldViewProps } from "../types";

export function MoneyView({ value, field }: FieldViewProps) {
  return (
    <span style={{ whiteSpace: "nowrap" }}>
      {formatExactNumber(String(value))}
      {field.suffix && ` ${field.suffix}`}
    </span>
  );
}
