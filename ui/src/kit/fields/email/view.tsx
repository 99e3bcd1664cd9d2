import { Anchor } from "@mantine/core";
import type { FieldViewProps } from "../types";

export function EmailView({ value, dense }: FieldViewProps) {
  const address = String(value);
  if (dense) return <>{address}</>;
  return (
    <Anchor href={`mailto:${address}`} fz="inherit">
      {address}
    </Anchor>
  );
}
