import { formatNumber } from "~/lib/format";
import type { FieldViewProps } from "../types";

export function IntView({ value, field }: FieldViewProps) {
  return (
    <>
      {typeof value === "number" ? formatNumber(value) : String(value)}
      {field.suffix && ` ${field.suffix}`}
    </>
  );
}
