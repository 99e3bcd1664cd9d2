import { Alert, Button, Stack } from "@mantine/core";
import { MailCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { Refusal } from "./refusal";

/** The letter that confirms an address, once more; the server knows by a cookie which one. */
export function SendAgain() {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const send = async () => {
    setBusy(true);
    setError(null);
    try {
      await api.post("/account/registration/letter");
      setSent(true);
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap={12}>
      <Refusal error={error} />
      {sent && !error && (
        <Alert color="green" variant="light" icon={<MailCheck size={16} aria-hidden />} role="status">
          {t("register.sentAgain")}
        </Alert>
      )}
      <Button variant="default" fullWidth size="md" loading={busy} onClick={() => void send()}>
        {t("register.sendAgain")}
      </Button>
    </Stack>
  );
}
