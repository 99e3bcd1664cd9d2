import { Text, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** Nothing is stored here; never to be mistaken for an empty text. */
export function NullValue() {
  const { t } = useTranslation();
  return (
    <Text span c="dimmed" fz="inherit">
      <span aria-hidden="true">–</span>
      <VisuallyHidden>{t("primitives.noValue")}</VisuallyHidden>
    </Text>
  );
}
