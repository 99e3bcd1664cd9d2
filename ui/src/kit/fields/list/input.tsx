import { TagsInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { humanize, type Labels, useLabels } from "~/lib/labels";
import { type Meta, resourceNamed, useMeta } from "~/lib/meta";
import { useSession } from "~/lib/session";
import { inputProps } from "../input-props";
import type { FieldInputProps } from "../types";

/** Lists of permissions offer those the person holds: more can't be given on anyway. */
const PERMISSION_LISTS = new Set(["permissions", "scopes"]);
/** What providers call scopes are none of our permissions. */
const FOREIGN = "identity-providers";

/** `users:read` stands under "Users": many permissions are read noun by noun. */
function byResource(permissions: string[], meta: Meta, labels: Labels) {
  const nouns = [...new Set(permissions.map((permission) => permission.split(":")[0] ?? permission))];
  return nouns.map((noun) => {
    const resource = resourceNamed(meta, noun);
    return {
      group: resource ? labels.resource(resource) : humanize(noun),
      items: permissions.filter((permission) => permission.split(":")[0] === noun),
    };
  });
}

export function ListField(props: FieldInputProps) {
  const { t } = useTranslation();
  const labels = useLabels();
  const session = useSession();
  const meta = useMeta();
  const value = Array.isArray(props.value) ? props.value.map(String) : [];
  return (
    <TagsInput
      {...inputProps(props)}
      data={
        PERMISSION_LISTS.has(props.field.name) && props.scope !== FOREIGN
          ? byResource(session.permissions ?? [], meta, labels)
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
