import { useTranslation } from "react-i18next";
import type { FieldViewProps } from "../types";

export function BoolView({ value }: FieldViewProps) {
  const { t } = useTranslation();
  return <>{value ? t("fields.yes") : t("fields.no")}</>;
}
