import type { FieldViewProps } from "../types";

export function LongTextView({ value, dense }: FieldViewProps) {
  const text = String(value);
  if (dense) return <>{text.split("\n", 1)[0]}</>;
  return <span style={{ whiteSpace: "pre-wrap" }}>{text}</span>;
}
