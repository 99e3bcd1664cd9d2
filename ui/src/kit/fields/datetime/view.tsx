import { formatDateTime } from "~/lib/format";
import { RelativeTime } from "~/primitives/relative-time";
import type { FieldViewProps } from "../types";

export function DatetimeView({ value, dense }: FieldViewProps) {
  if (dense) return <RelativeTime value={String(value)} />;
  return (
    <span>
      {formatDateTime(String(value))}{" "}
      <span style={{ color: "var(--mantine-color-dimmed)" }}>
        · <RelativeTime value={String(value)} />
      </span>
    </span>
  );
}
