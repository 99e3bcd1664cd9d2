import { Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fromText, inputProps, textOf } from "../input-props";
import type { FieldInputProps } from "../types";

/** Bytes as PostgreSQL writes them: `\x` and hex digits. */
export function BytesField(props: FieldInputProps) {
  const { t } = useTranslation();
  return (
    <Textarea
      {...inputProps(props)}
      rows={3}
      spellCheck={false}
      placeholder={t("fields.bytesExample")}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }}
      value={textOf(props.value)}
      onChange={(event) => props.onChange(fromText(event.currentTarget.value.trim(), props.field.nullable))}
    />
  );
}
