import { Alert } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

const KNOWN = [
  "denied",
  "over",
  "unreachable",
  "untrusted",
  "no-account",
  "invitation",
  "full",
  "taken",
  "closed",
  "not-proved",
];

interface OutcomeProps {
  /** `sso` and `provider` of the address that a visit ended on. */
  reason?: string;
  provider?: string;
  mb?: number;
}

/** Why a visit to a sign-in provider didn't end as it should. */
export function SsoOutcome({ reason, provider, mb }: OutcomeProps) {
  const { t } = useTranslation();
  if (!reason) return null;
  const key = KNOWN.includes(reason) ? reason : "untrusted";
  // Whatever stands in the address, only a short name is repeated.
  const name = provider?.slice(0, 60) || t("sso.theProvider");
  return (
    <Alert
      mb={mb}
      color="yellow"
      variant="light"
      role="alert"
      icon={<TriangleAlert size={16} aria-hidden />}
      title={t(`sso.outcome.${key}.title`, { provider: name })}
    >
      {t(`sso.outcome.${key}.text`, { provider: name })}
    </Alert>
  );
}
