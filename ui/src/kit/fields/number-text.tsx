import { Text, TextInput } from "@mantine/core";
import { inputProps, textOf } from "./input-props";
import type { FieldInputProps } from "./types";

interface NumberTextProps extends FieldInputProps {
  inputMode: "numeric" | "decimal";
  /** What a typed text means; a text that means nothing stays text, and the check names it. */
  read: (text: string) => unknown;
}

/** A box for numbers that never changes digits by itself: no spinning, no rounding. */
export function NumberText({ inputMode, read, ...props }: NumberTextProps) {
  const { suffix, nullable } = props.field;
  return (
    <TextInput
      {...inputProps(props)}
      inputMode={inputMode}
      rightSection={
        suffix && (
          <Text span fz={12} c="dimmed" pe={8}>
            {suffix}
          </Text>
        )
      }
      rightSectionWidth={suffix ? suffix.length * 8 + 20 : undefined}
      value={textOf(props.value)}
      onChange={(event) => {
        const text = event.currentTarget.value.trim();
        props.onChange(text === "" ? (nullable ? null : "") : read(text));
      }}
    />
  );
}
