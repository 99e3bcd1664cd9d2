/** What the inputs of all editors share: their name, whether they are wrong, and NULL as a placeholder. */
import { useTranslation } from "react-i18next";
import type { EditorInputProps } from "./types";

/** @param empty the placeholder of a value that isn't NULL and has nothing typed */
export function useFieldProps(props: EditorInputProps, empty?: string) {
  const { t } = useTranslation();
  return {
    id: props.id,
    size: "sm",
    "aria-label": props.label,
    "aria-invalid": props.invalid || undefined,
    error: props.invalid || undefined,
    disabled: props.disabled,
    "data-autofocus": props.autoFocus || undefined,
    placeholder: props.isNull ? t("explorer.null") : (props.placeholder ?? empty),
  };
}

/** For what is read character by character. */
export const MONOSPACE = { input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } };
