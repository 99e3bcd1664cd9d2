/** Bytes as hexadecimal digits. */
import { Text, Textarea } from "@mantine/core";
import type { Ref } from "react";
import { useTranslation } from "react-i18next";
import { MONOSPACE, useFieldProps } from "../field-props";
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
        {...useFieldProps(props, "\\x00ff")}
        autosize
        minRows={1}
        maxRows={10}
        spellCheck={false}
        styles={MONOSPACE}
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
