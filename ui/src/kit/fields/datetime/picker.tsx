import { DateTimePicker } from "@mantine/dates";
import "@mantine/dates/styles.layer.css";
import dayjs from "dayjs";
import "dayjs/locale/de";
import { useTranslation } from "react-i18next";
import { inputProps } from "../input-props";
import type { FieldInputProps } from "../types";

const LOCAL = "YYYY-MM-DD HH:mm:ss";

/** Shown and picked in the reader's zone, sent as an instant. */
export default function DatetimePicker(props: FieldInputProps) {
  const { i18n, t } = useTranslation();
  return (
    <DateTimePicker
      {...inputProps(props)}
      locale={i18n.language}
      withSeconds
      valueFormat={t("fields.datetimeFormat")}
      clearable={props.field.nullable || !props.field.required}
      value={typeof props.value === "string" && props.value !== "" ? dayjs(props.value).format(LOCAL) : null}
      onChange={(value) => props.onChange(value === null ? null : dayjs(value).toISOString())}
    />
  );
}
