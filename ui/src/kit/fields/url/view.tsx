import { Anchor } from "@mantine/core";
import type { FieldViewProps } from "../types";

/** Only web addresses become links: a stored `javascript:` must stay text. */
export function UrlView({ value, dense }: FieldViewProps) {
  const address = String(value);
  if (dense || !/^https?:\/\//i.test(address)) return <>{address}</>;
  return (
    <Anchor href={address} target="_blank" rel="noreferrer noopener" fz="inherit">
      {address}
    </Anchor>
  );
}
