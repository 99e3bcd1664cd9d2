import { TextInput } from "@mantine/core";
import { fromText, inputProps, textOf } from "../input-props";
import type { FieldInputProps } from "../types";

export function UrlField(props: FieldInputProps) {
  return (
    <TextInput
      {...inputProps(props)}
      type="url"
      inputMode="url"
      spellCheck={false}
      autoCapitalize="none"
      value={textOf(props.value)}
      onChange={(event) => props.onChange(fromText(event.currentTarget.value.trim(), props.field.nullable))}
    />
  );
}
