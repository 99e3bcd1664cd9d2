import { PasswordInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { inputProps, textOf } from "../input-props";
import type { FieldInputProps } from "../types";

export function PasswordField(props: FieldInputProps) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      {...inputProps(props)}
      autoComplete={props.autoComplete ?? "new-password"}
      visibilityToggleButtonProps={{ "aria-label": t("fields.showPassword") }}
      value={textOf(props.value)}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}
