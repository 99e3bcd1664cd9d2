/** A one-line field for types that are typed as text. */
import { TextInput } from "@mantine/core";
import type { Ref } from "react";
import { useTranslation } from "react-i18next";
import type { EditorInputProps } from "./types";

interface LineInputProps extends EditorInputProps {
  inputMode?: "numeric" | "decimal" | "text";
  monospace?: boolean;
  rightSection?: React.ReactNode;
}

export function LineInput(props: LineInputProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      ref={props.inputRef as Ref<HTMLInputElement>}
      id={props.id}
      size="sm"
      aria-label={props.label}
      aria-invalid={props.invalid || undefined}
      error={props.invalid || undefined}
      disabled={props.disabled}
      data-autofocus={props.autoFocus || undefined}
      autoComplete="off"
      spellCheck={false}
      inputMode={props.inputMode}
      placeholder={props.isNull ? t("explorer.null") : props.placeholder}
      rightSection={props.rightSection}
      styles={
        props.monospace ? { input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } } : undefined
      }
      value={props.text}
      onChange={(e) => props.onText(e.currentTarget.value)}
    />
  );
}

export const monoLine = (props: EditorInputProps) => <LineInput {...props} monospace />;
