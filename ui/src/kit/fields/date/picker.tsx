import { DateInput } from "@mantine/dates";
import "@mantine/dates/styles.layer.css";
import "dayjs/locale/de";
import { useTranslation } from "react-i18next";
import { inputProps } from "../input-props";
import type { FieldInputProps } from "../types";

export default function DatePicker(props: FieldInputProps) {
  const { i18n, t } = useTranslation();
  return (
    <DateInput
      {...inputProps(props)}
      locale={i18n.language}
      valueFormat={t("fields.dateFormat")}
      clearable={props.field.nullable || !props.field.required}
      value={typeof props.value === "string" && props.value !== "" ? props.value.slice(0, 10) : null}
      onChange={(value) => props.onChange(value)}
    />
  );
}
