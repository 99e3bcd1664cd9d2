import { TextInput } from "@mantine/core";
import { fromText, inputProps, textOf } from "../input-props";
import type { FieldInputProps } from "../types";

export function UuidField(props: FieldInputProps) {
  return (
    <TextInput
      {...inputProps(props)}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }}
      spellCheck={false}
      autoCapitalize="none"
      value={textOf(props.value)}
      onChange={(event) => props.onChange(fromText(event.currentTarget.value.trim(), props.field.nullable))}
    />
  );
}
