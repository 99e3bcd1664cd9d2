import type { FieldInputProps } from "./types";

/** What all inputs share: label on top, help under, the error at the field. */
export function inputProps({ id, label, help, error, field, disabled, autoFocus, autoComplete }: FieldInputProps) {
  return {
    id,
    label,
    description: help ?? undefined,
    error: error ?? undefined,
    // Not the native `required`: errors are ours to word, in the language of the page.
    withAsterisk: field.required,
    "aria-required": field.required || undefined,
    disabled,
    "data-autofocus": autoFocus || undefined,
    autoFocus,
    autoComplete: autoComplete ?? "off",
  };
}

/** The value as text for a text box. */
export function textOf(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

/** An emptied box means "no value" where that is allowed, else an empty text. */
export function fromText(text: string, nullable: boolean): string | null {
  return text === "" && nullable ? null : text;
}
