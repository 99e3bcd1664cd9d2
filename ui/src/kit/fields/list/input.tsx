import { TagsInput } from "@mantine/core";
import { useLabels } from "~/lib/labels";
import { inputProps } from "../input-props";
import type { FieldInputProps } from "../types";

export function ListField(props: FieldInputProps) {
  const labels = useLabels();
  const value = Array.isArray(props.value) ? props.value.map(String) : [];
  return (
    <TagsInput
      {...inputProps(props)}
      data={(props.field.options ?? []).map((option) => ({
        value: option.value,
        label: labels.option(props.scope, props.field.name, option),
      }))}
      value={value}
      onChange={(next) => props.onChange(next.length === 0 && props.field.nullable ? null : next)}
    />
  );
}
