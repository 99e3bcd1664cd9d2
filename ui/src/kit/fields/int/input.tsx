import { NumberText } from "../number-text";
import type { FieldInputProps } from "../types";

/** Whole numbers that a float holds exactly, so they travel as JSON numbers. */
export function IntField(props: FieldInputProps) {
  return (
    <NumberText
      {...props}
      inputMode="numeric"
      read={(text) => (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text)}
    />
  );
}
