/** A one-line field for types that are typed as text. */
import { TextInput } from "@mantine/core";
import type { Ref } from "react";
import { MONOSPACE, useFieldProps } from "./field-props";
import type { EditorInputProps } from "./types";

interface LineInputProps extends EditorInputProps {
  inputMode?: "numeric" | "decimal" | "text";
  monospace?: boolean;
  rightSection?: React.ReactNode;
}

export function LineInput(props: LineInputProps) {
  return (
    <TextInput
      ref={props.inputRef as Ref<HTMLInputElement>}
      {...useFieldProps(props)}
      autoComplete="off"
      spellCheck={false}
      inputMode={props.inputMode}
      rightSection={props.rightSection}
      styles={props.monospace ? MONOSPACE : undefined}
      value={props.text}
      onChange={(e) => props.onText(e.currentTarget.value)}
    />
  );
}

export const monoLine = (props: EditorInputProps) => <LineInput {...props} monospace />;
