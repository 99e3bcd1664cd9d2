import { NumberText } from "../number-text";
import type { FieldInputProps } from "../types";

/** Travels as text, so that no digit is lost on the way. */
export function BigintField(props: FieldInputProps) {
  return <NumberText {...props} inputMode="numeric" read={(text) => text} />;
}
