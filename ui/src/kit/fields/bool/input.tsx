import { Select, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { inputProps } from "../input-props";
import type { FieldInputProps } from "../types";

/** Two states are a switch; three (with "not set") need a choice. */
export function BoolField(props: FieldInputProps) {
  const { t } = useTranslation();
  if (props.field.nullable) {
    return (
      <Select
        {...inputProps(props)}
        clearable
        data={[
          { value: "true", label: t("fields.yes") },
          { value: "false", label: t("fields.no") },
        ]}
        placeholder={t("fields.notSet")}
        value={props.value === null || props.value === undefined ? null : String(props.value)}
        onChange={(value) => props.onChange(value === null ? null : value === "true")}
      />
    );
  }
  const { id, label, description, error, disabled } = inputProps(props);
  return (
    <Switch
      id={id}
      label={label}
      description={description}
      error={error}
      disabled={disabled}
      checked={props.value === true}
      onChange={(event) => props.onChange(event.currentTarget.checked)}
    />
  );
}
