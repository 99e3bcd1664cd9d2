// The fields of the pages outside the registry, in the registry's own form, so that they share its inputs and checks.
import type { FieldMeta, FieldType } from "~/lib/meta";

export function field(name: string, type: FieldType, label: string, more: Partial<FieldMeta> = {}): FieldMeta {
  return {
    name,
    label,
    type,
    help: null,
    required: true,
    nullable: false,
    unique: false,
    secret: type === "password",
    editable: "always",
    filter: false,
    sort: false,
    search: false,
    in_list: false,
    in_detail: false,
    min: null,
    max: null,
    suffix: null,
    references: null,
    ...more,
  };
}
