// The first step: e-mail and password, or a passkey instead of both.
import { Anchor, Button, Divider, Stack, Text } from "@mantine/core";
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
import { ProviderButtons } from "../sso/buttons";
import { SsoOutcome } from "../sso/outcome";
import { useSso } from "../sso/use-sso";
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
  const sso = useSso(door);
  const address = String(form.values.email ?? "");

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
        if (sso.asks) void sso.route(address);
        else if (sso.routed) void sso.leave(sso.routed.slug, address);
        else void submit();
      }}
    >
      <Stack gap={16}>
        {!form.problem && !refused && (notice || <SsoOutcome {...sso.outcome} />)}
        <ErrorSummary form={form} />
        <Refusal error={refused ?? sso.error} />
        <FormFields
          form={{
            ...form,
            fields: sso.asks || sso.routed ? form.fields.slice(0, 1) : form.fields,
            set: (name, value) => {
              // Another address may lead elsewhere.
              if (name === "email") sso.restart();
              form.set(name, value);
            },
          }}
          autoComplete={{ email: "username", password: "current-password" }}
        />
        {sso.routed && (
          <Text fz={13} c="dimmed">
            {t("sso.leadsTo", { provider: sso.routed.label })}
          </Text>
        )}
        <Button
          type="submit"
          loading={form.busy || sso.busy !== null}
          disabled={asking || (sso.asks && !address.includes("@"))}
          fullWidth
          size="md"
        >
          {sso.routed
            ? t("sso.continueWith", { provider: sso.routed.label })
            : t(sso.asks ? "sso.continue" : "signIn.submit")}
        </Button>
        {sso.routed && (
          <Anchor component="button" type="button" fz={13} style={{ alignSelf: "start" }} onClick={sso.usePassword}>
            {t("sso.byPassword")}
          </Anchor>
        )}
        {(passkeys || sso.providers.length > 0 || others) && <Divider label={t("steps.or")} />}
        {sso.providers.length > 0 && (
          <ProviderButtons
            providers={sso.providers}
            busy={sso.busy}
            disabled={form.busy || asking}
            onChoose={(provider) => void sso.leave(provider)}
          />
        )}
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
