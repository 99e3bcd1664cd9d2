// The first step: e-mail and password, or a passkey instead of both.
import { Button, Divider, Stack } from "@mantine/core";
import { Fingerprint } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorSummary } from "~/kit/form/error-summary";
import { FormFields } from "~/kit/form/form-fields";
import { useForm } from "~/kit/form/use-form";
import { api, Problem } from "~/lib/api";
import type { Door } from "~/lib/door";
import { knowsPasskeys, showPasskey } from "~/lib/passkey";
import type { Session } from "~/lib/session";
import { field } from "../fields";
import { Refusal } from "./refusal";

interface PasswordProps {
  door: Door;
  session: Session;
  onAnswer: (session: Session) => Promise<void>;
  /** Said above the form, until something goes wrong. */
  notice?: ReactNode;
  /** More ways in, below the passkey. */
  others?: ReactNode;
  wrongHelp: string;
}

export function Password({ door, session, onAnswer, notice, others, wrongHelp }: PasswordProps) {
  const { t } = useTranslation();
  const fields = useMemo(
    () => [field("email", "email", t("identity.email")), field("password", "password", t("identity.password"))],
    [t],
  );
  const form = useForm("identity", fields, { email: "", password: "" });
  const [asking, setAsking] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);

  const submit = async () => {
    setRefused(null);
    let answer: Session | undefined;
    const done = await form.submit(async (_changed, { email, password }) => {
      try {
        answer = (await api.post<Session>(door.session, { email, password })).data;
      } catch (error) {
        // Which of the two was wrong is nobody's business; the wording is ours.
        if (error instanceof Problem && error.status === 401) {
          throw new Problem({
            type: "/problems/unauthenticated",
            title: t("signIn.wrong"),
            status: 401,
            detail: wrongHelp,
          });
        }
        throw error;
      }
    });
    if (!done || !answer) return form.set("password", "");
    await onAnswer(answer);
  };

  const byPasskey = async () => {
    setAsking(true);
    setRefused(null);
    try {
      const options = await api.post<never>(`${door.session}/passkey`);
      const credential = await showPasskey(options.data);
      await onAnswer((await api.post<Session>(`${door.session}/passkey/answer`, { credential })).data);
    } catch (error) {
      setRefused(error);
    } finally {
      setAsking(false);
    }
  };
  const passkeys = session.passkeys === true && knowsPasskeys();

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap={16}>
        {!form.problem && !refused && notice}
        <ErrorSummary form={form} />
        <Refusal error={refused} />
        <FormFields form={form} autoComplete={{ email: "username", password: "current-password" }} />
        <Button type="submit" loading={form.busy} disabled={asking} fullWidth size="md">
          {t("signIn.submit")}
        </Button>
        {(passkeys || others) && <Divider label={t("steps.or")} />}
        {passkeys && (
          <Button
            variant="default"
            size="md"
            fullWidth
            loading={asking}
            disabled={form.busy}
            leftSection={<Fingerprint size={16} aria-hidden />}
            onClick={() => void byPasskey()}
          >
            {t("steps.withPasskey")}
          </Button>
        )}
        {others}
      </Stack>
    </form>
  );
}
