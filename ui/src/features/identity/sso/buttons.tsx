import { Button, Stack } from "@mantine/core";
import { LogIn } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Provider } from "./data";

interface ButtonsProps {
  providers: Provider[];
  busy: string | null;
  disabled?: boolean;
  onChoose: (provider: string) => void;
}

/** One way in for each provider. */
export function ProviderButtons({ providers, busy, disabled, onChoose }: ButtonsProps) {
  const { t } = useTranslation();
  return (
    <Stack gap={8}>
      {providers.map(({ slug, label }) => (
        <Button
          key={slug}
          variant="default"
          size="md"
          fullWidth
          loading={busy === slug}
          disabled={disabled || (busy !== null && busy !== slug)}
          leftSection={<LogIn size={16} aria-hidden />}
          onClick={() => onChoose(slug)}
        >
          {t("sso.continueWith", { provider: label })}
        </Button>
      ))}
    </Stack>
  );
}
