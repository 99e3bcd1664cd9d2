import { Select } from "@mantine/core";
import { useLabels } from "~/lib/labels";
import { inputProps } from "../input-props";
import type { FieldInputProps } from "../types";

export function EnumField(props: FieldInputProps) {
  const labels = useLabels();
  const options = props.field.options ?? [];
  return (
    <Select
      {...inputProps(props)}
      data={options.map((option) => ({
        value: option.value,
        label: labels.option(props.scope, props.field.name, option),
      }))}
      clearable={props.field.nullable || !props.field.required}
      searchable={options.length > 8}
      allowDeselect={false}
      value={typeof props.value === "string" ? props.value : null}
      onChange={(value) => props.onChange(value)}
    />
  );
}
