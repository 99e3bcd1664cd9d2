import type { FieldViewProps } from "../types";

export function TextView({ value }: FieldViewProps) {
  return <>{String(value)}</>;
}
