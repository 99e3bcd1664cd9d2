import { Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { inputProps } from "../input-props";
import type { FieldInputProps } from "../types";

/** Text that is no JSON yet; the check before sending finds it and names the place. */
export class UnfinishedJson {
  constructor(readonly text: string) {}
}

export function JsonField(props: FieldInputProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string | null>(null);
  const { value } = props;
  const stored =
    value instanceof UnfinishedJson
      ? value.text
      : value === null || value === undefined
        ? ""
        : JSON.stringify(value, null, 2);
  const common = inputProps(props);
  return (
    <Textarea
      {...common}
      error={common.error ?? (value instanceof UnfinishedJson ? t("fields.jsonInvalid") : undefined)}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }}
      rows={8}
      spellCheck={false}
      value={typed ?? stored}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        if (text.trim() === "") return props.onChange(props.field.nullable ? null : undefined);
        try {
          props.onChange(JSON.parse(text));
        } catch {
          props.onChange(new UnfinishedJson(text));
        }
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
