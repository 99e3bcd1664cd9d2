/** True or false; the third state, NULL, is the field's own button beside it. */
import { SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type EditorInputProps, invalid, type ValueEditor, valid } from "../types";

function BoolInput(props: EditorInputProps) {
  const { t } = useTranslation();
  const nothing = props.isNull || props.text === "";
  return (
    <SegmentedControl
      size="xs"
      id={props.id}
      aria-label={props.label}
      disabled={props.disabled}
      data-autofocus={props.autoFocus || undefined}
      data={[
        { value: "true", label: t("explorer.true") },
        { value: "false", label: t("explorer.false") },
        ...(nothing ? [{ value: "", label: props.isNull ? t("explorer.null") : "–" }] : []),
      ]}
      value={nothing ? "" : props.text}
      onChange={(value) => value !== "" && props.onText(value)}
    />
  );
}

export const boolEditor: ValueEditor = {
  format: (value) => (value === true || value === "true" ? "true" : "false"),
  parse: (text) => (text === "true" ? valid(true) : text === "false" ? valid(false) : invalid("blank")),
  Input: BoolInput,
};
