import { Code } from "@mantine/core";
import { formatBytes } from "~/lib/format";
import type { FieldViewProps } from "../types";

export function BytesView({ value, dense }: FieldViewProps) {
  const hex = String(value);
  const size = formatBytes(Math.max(0, (hex.length - 2) / 2));
  if (dense) return <>{size}</>;
  return (
    <span>
      {size} <Code>{hex.length > 64 ? `${hex.slice(0, 64)}…` : hex}</Code>
    </span>
  );
}
