import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** Tells at a glance where a click lands. Production stands out; the rest stays quiet. */
export function EnvironmentBadge({ environment }: { environment: string }) {
  const { t } = useTranslation();
  if (!environment) return null;
  const production = environment === "production";
  return (
    <Badge
      size="sm"
      variant={production ? "filled" : "outline"}
      color={production ? "red" : "gray"}
      title={t("shell.environment", { environment })}
    >
      {t(`shell.environments.${environment}`, { defaultValue: environment })}
    </Badge>
  );
}
