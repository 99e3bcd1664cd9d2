import { TagsInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLabels } from "~/lib/labels";
import { useSession } from "~/lib/session";
import { inputProps } from "../input-props";
import type { FieldInputProps } from "../types";

/** Lists of permissions offer those the person holds: more can't be given on anyway. */
const PERMISSION_LISTS = new Set(["permissions", "scopes"]);

export function ListField(props: FieldInputProps) {
  const { t } = useTranslation();
  const labels = useLabels();
  const session = useSession();
  const value = Array.isArray(props.value) ? props.value.map(String) : [];
  return (
    <TagsInput
      {...inputProps(props)}
      data={
        PERMISSION_LISTS.has(props.field.name)
          ? (session.permissions ?? [])
          : (props.field.options ?? []).map((option) => ({
              value: option.value,
              label: labels.option(props.scope, props.field.name, option),
            }))
      }
      clearable
      placeholder={value.length === 0 ? t("fields.listHow") : undefined}
      value={value}
      onChange={(next) => props.onChange(next.length === 0 && props.field.nullable ? null : next)}
    />
  );
}
