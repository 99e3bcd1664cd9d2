// Asking for a letter: a forgotten password, a link to sign in by. What is said afterwards is the same for every
// address, because the server's answer is.
import { Alert, Button, Stack } from "@mantine/core";
import { MailCheck } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorSummary } from "~/kit/form/error-summary";
import { FormFields } from "~/kit/form/form-fields";
import { useForm } from "~/kit/form/use-form";
import { api } from "~/lib/api";
import { AuthFrame } from "../auth-frame";
import { field } from "../fields";

interface AskForLetterProps {
  title: string;
  description: string;
  submitLabel: string;
  /** Where the request goes. */
  path: string;
  /** Said once it was sent. */
  sent: (email: string) => string;
  wayOut: ReactNode;
}

export function AskForLetter({ title, description, submitLabel, path, sent, wayOut }: AskForLetterProps) {
  const { t } = useTranslation();
  const fields = useMemo(() => [field("email", "email", t("identity.email"))], [t]);
  const form = useForm("identity", fields, { email: "" });
  const [done, setDone] = useState<string | null>(null);
  if (done !== null) {
    return (
      <AuthFrame title={t("letter.title")}>
        <Alert color="green" variant="light" icon={<MailCheck size={16} aria-hidden />} role="status">
          {sent(done)}
        </Alert>
        {wayOut}
      </AuthFrame>
    );
  }
  return (
    <AuthFrame title={title} description={description}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void form.submit(async (_changed, { email }) => {
            await api.post(path, { email });
            setDone(String(email));
          });
        }}
      >
        <Stack gap={16}>
          <ErrorSummary form={form} />
          <FormFields form={form} autoComplete={{ email: "username" }} />
          <Button type="submit" loading={form.busy} fullWidth size="md">
            {submitLabel}
          </Button>
        </Stack>
      </form>
      {wayOut}
    </AuthFrame>
  );
}
