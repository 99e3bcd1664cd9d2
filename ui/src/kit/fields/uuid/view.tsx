import { ShortId } from "~/primitives/short-id";
import type { FieldViewProps } from "../types";

export function UuidView({ value, dense }: FieldViewProps) {
  return <ShortId value={String(value)} bare={dense} />;
}
