import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useSurface } from "~/lib/surface";
import { shortId } from "~/primitives/short-id";
import type { FieldViewProps } from "../types";
import { useRefTitle } from "./titles";

export function RefView({ field, value, dense }: FieldViewProps) {
  const { base } = useSurface();
  const id = String(value);
  const title = useRefTitle(field.references, id);
  const text = title ?? shortId(id);
  if (dense || title === null) return <>{text}</>;
  return (
    <Anchor component={Link} to={`${base}/${field.references}/${encodeURIComponent(id)}`} fz="inherit">
      {text}
    </Anchor>
  );
}
