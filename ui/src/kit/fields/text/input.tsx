import { TextInput } from "@mantine/core";
import { fromText, inputProps, textOf } from "../input-props";
import type { FieldInputProps } from "../types";

export function TextField(props: FieldInputProps) {
  return (
    <TextInput
      {...inputProps(props)}
      value={textOf(props.value)}
      onChange={(event) => props.onChange(fromText(event.currentTarget.value, props.field.nullable))}
    />
  );
}
