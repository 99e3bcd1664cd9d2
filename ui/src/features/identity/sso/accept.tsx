// An invitation for an address whose provider is the only way in: accepted by signing in there.
import { Alert, Button, Stack, Text } from "@mantine/core";
import { LogIn } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Door } from "~/lib/door";
import { toProblem } from "~/lib/problem";
import { leaveFor, type Provider } from "./data";

interface AcceptByProviderProps {
  door: Door;
  provider: Provider;
  /** From the link of the invitation. */
  invitation: string;
  email: string;
}

export function AcceptByProvider({ door, provider, invitation, email }: AcceptByProviderProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const go = async () => {
    setBusy(true);
    setRefused(null);
    try {
      await leaveFor(door, provider.slug, { invitation, email });
    } catch (error) {
      const problem = toProblem(error);
      setRefused(problem.detail ?? problem.title);
      setBusy(false);
    }
  };
  return (
    <Stack gap={12}>
      {refused && (
        <Alert color="red" role="alert">
          {refused}
        </Alert>
      )}
      <Text fz={13} c="dimmed">
        {t("sso.acceptText", { provider: provider.label })}
      </Text>
      <Button leftSection={<LogIn size={16} aria-hidden />} loading={busy} onClick={() => void go()} data-autofocus>
        {t("sso.acceptWith", { provider: provider.label })}
      </Button>
    </Stack>
  );
}
