/** One of the values the type allows. */
import { Select } from "@mantine/core";
import type { Ref } from "react";
import { useTranslation } from "react-i18next";
import { useFieldProps } from "../field-props";
import { type EditorInputProps, invalid, plainText, type ValueEditor, valid } from "../types";

function EnumInput(props: EditorInputProps) {
  const { t } = useTranslation();
  return (
    <Select
      ref={props.inputRef as Ref<HTMLInputElement>}
      {...useFieldProps(props, t("explorer.choose"))}
      searchable
      allowDeselect={false}
      comboboxProps={{ withinPortal: false }}
      maxDropdownHeight={240}
      data={props.column.enum_values ?? []}
      value={props.isNull || props.text === "" ? null : props.text}
      onChange={(value) => value !== null && props.onText(value)}
    />
  );
}

export const enumEditor: ValueEditor = {
  format: plainText,
  parse: (text, column) => {
    const values = column.enum_values ?? [];
    if (text === "" && !values.includes("")) return invalid("blank");
    return values.length === 0 || values.includes(text) ? valid(text) : invalid("enum");
  },
  Input: EnumInput,
};
