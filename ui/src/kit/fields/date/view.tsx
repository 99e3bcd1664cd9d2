import { formatDate } from "~/lib/format";
import type { FieldViewProps } from "../types";

export function DateView({ value }: FieldViewProps) {
  return <time dateTime={String(value)}>{formatDate(String(value))}</time>;
}
