/** Text of any length; keeps blanks and line breaks as they are, and '' apart from NULL. */
import { Textarea } from "@mantine/core";
import type { Ref } from "react";
import { useTranslation } from "react-i18next";
import { useFieldProps } from "../field-props";
import { type EditorInputProps, invalid, plainText, type ValueEditor, valid } from "../types";

function TextInput(props: EditorInputProps) {
  const { t } = useTranslation();
  return (
    <Textarea
      ref={props.inputRef as Ref<HTMLTextAreaElement>}
      {...useFieldProps(props, t("explorer.emptyText"))}
      autosize
      minRows={1}
      maxRows={14}
      value={props.text}
      onChange={(e) => props.onText(e.currentTarget.value)}
    />
  );
}

export const textEditor: ValueEditor = {
  format: plainText,
  parse: (text, column) => {
    // PostgreSQL counts characters, not UTF-16 units, and can't store NUL at all.
    if (text.includes("\0")) return invalid("nul");
    const length = [...text].length;
    const most = column.max_length;
    return most !== null && length > most ? invalid("tooLong", { most, length }) : valid(text);
  },
  Input: TextInput,
  emptyIsValue: true,
};
