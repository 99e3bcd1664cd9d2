import { Textarea } from "@mantine/core";
import { fromText, inputProps, textOf } from "../input-props";
import type { FieldInputProps } from "../types";

export function LongTextField(props: FieldInputProps) {
  return (
    <Textarea
      {...inputProps(props)}
      rows={4}
      value={textOf(props.value)}
      onChange={(event) => props.onChange(fromText(event.currentTarget.value, props.field.nullable))}
    />
  );
}
