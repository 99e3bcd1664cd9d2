import { Code } from "@mantine/core";
import type { FieldViewProps } from "../types";

export function JsonView({ value, dense }: FieldViewProps) {
  if (dense)
    return (
      <span style={{ fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 }}>{JSON.stringify(value)}</span>
    );
  return <Code block>{JSON.stringify(value, null, 2)}</Code>;
}
