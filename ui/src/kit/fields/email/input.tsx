import { TextInput } from "@mantine/core";
import { fromText, inputProps, textOf } from "../input-props";
import type { FieldInputProps } from "../types";

export function EmailField(props: FieldInputProps) {
  return (
    <TextInput
      {...inputProps(props)}
      type="email"
      inputMode="email"
      spellCheck={false}
      autoCapitalize="none"
      value={textOf(props.value)}
      onChange={(event) => props.onChange(fromText(event.currentTarget.value.trim(), props.field.nullable))}
    />
  );
}
