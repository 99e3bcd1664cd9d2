/** Bytes as hexadecimal digits. */
import { Text, Textarea } from "@mantine/core";
import type { Ref } from "react";
import { useTranslation } from "react-i18next";
import { type EditorInputProps, invalid, plainText, type ValueEditor, valid } from "../types";

const clean = (text: string) =>
  text
    .replace(/^\s*\\x/i, "")
    .replace(/\s+/g, "")
    .toLowerCase();

function ByteaInput(props: EditorInputProps) {
  const { t } = useTranslation();
  const digits = clean(props.text);
  return (
    <>
      <Textarea
        ref={props.inputRef as Ref<HTMLTextAreaElement>}
        id={props.id}
        size="sm"
        aria-label={props.label}
        error={props.invalid || undefined}
        disabled={props.disabled}
        data-autofocus={props.autoFocus || undefined}
        autosize
        minRows={1}
        maxRows={10}
        spellCheck={false}
        placeholder={props.isNull ? t("explorer.null") : (props.placeholder ?? "\\x00ff")}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }}
        value={props.text}
        onChange={(e) => props.onText(e.currentTarget.value)}
      />
      {!props.isNull && (
        <Text size="xs" c="dimmed" mt={4}>
          {t("explorer.bytes", { count: Math.floor(digits.length / 2) })}
        </Text>
      )}
    </>
  );
}

export const byteaEditor: ValueEditor = {
  format: plainText,
  parse: (text) => {
    const digits = clean(text);
    if (!/^[0-9a-f]*$/.test(digits)) return invalid("hex");
    return digits.length % 2 === 0 ? valid(`\\x${digits}`) : invalid("hexOdd");
  },
  Input: ByteaInput,
  emptyIsValue: true,
};
