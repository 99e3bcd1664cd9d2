import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fromText, inputProps, textOf } from "../input-props";
import type { FieldInputProps } from "../types";

/** A stretch of time as PostgreSQL reads it: "1d 12h", "90 minutes", "02:30:00". */
export function DurationField(props: FieldInputProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      {...inputProps(props)}
      placeholder={t("fields.durationExample")}
      value={textOf(props.value)}
      onChange={(event) => props.onChange(fromText(event.currentTarget.value, props.field.nullable))}
    />
  );
}
