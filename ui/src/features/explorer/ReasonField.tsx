/** Why somebody does what stays in the log with its reason. */
import { Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";

const SHORTEST = 3;

export const isReason = (text: string) => text.trim().length >= SHORTEST;

interface ReasonFieldProps {
  value: string;
  onChange: (value: string) => void;
  /** Whether it was tried to go on without one. */
  tried: boolean;
  /** What the server has to say of it. */
  error?: string | null;
  /** What more helps whoever reads it. */
  help: string;
  first?: boolean;
}

export function ReasonField({ value, onChange, tried, error, help, first = false }: ReasonFieldProps) {
  const { t } = useTranslation();
  return (
    <Textarea
      label={t("explorer.reason.label")}
      description={help}
      withAsterisk
      autosize
      minRows={1}
      maxRows={4}
      maxLength={500}
      data-autofocus={first || undefined}
      value={value}
      onChange={(e) => onChange(e.currentTarget.value)}
      error={error ?? (tried && !isReason(value) ? t("explorer.reason.missing") : undefined)}
    />
  );
}
