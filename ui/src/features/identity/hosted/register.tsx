// Making an account for oneself, where the platform lets people: openly or with a code from `?invite=`.
import { Alert, Anchor, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { currentLanguage } from "~/i18n";
import { api, Problem, toProblem } from "~/lib/api";
import { USER } from "~/lib/door";
import { becomeSession, type Session, sessionOf } from "~/lib/session";
import { FormSkeleton } from "~/primitives/skeletons";
import { AuthFrame } from "../auth-frame";
import { field } from "../fields";
import { useLinkToken } from "../link-token";
import { NewPasswordForm } from "../new-password-form";
import { SendAgain } from "../steps/send-again";

/** What a code gives. */
interface Offer {
  organization: string | null;
  role: string | null;
}

export function Register() {
  const { t } = useTranslation();
  const { offers } = useSuspenseQuery(sessionOf(USER)).data;
  const invite = useLinkToken("invite");
  const [sentTo, setSentTo] = useState<string | null>(null);
  const registration = offers?.registration;
  const code = useQuery({
    queryKey: ["registration-code", invite],
    queryFn: async () => (await api.post<Offer>("/account/registration/code", { code: invite })).data,
    enabled: invite !== "" && registration != null && registration.mode !== "disabled",
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const signIn = (
    <Text fz={13} c="dimmed">
      {t("register.have")}{" "}
      <Anchor component={Link} to="/auth/login" fz={13} style={{ textDecoration: "underline" }}>
        {t("register.signIn")}
      </Anchor>
    </Text>
  );
  if (!registration || registration.mode === "disabled") {
    return (
      <AuthFrame title={t("register.closedTitle")} description={t("register.closed")}>
        {signIn}
      </AuthFrame>
    );
  }
  if (sentTo !== null) return <LookIntoMail email={sentTo} onRestart={() => setSentTo(null)} />;
  if (code.isLoading) {
    return (
      <AuthFrame title={t("register.title")}>
        <FormSkeleton fields={3} />
      </AuthFrame>
    );
  }
  const offer = code.data ?? null;
  return (
    <AuthFrame title={t("register.title")} description={described(offer, t)}>
      {code.isError && (
        <Alert color="yellow" variant="light" icon={<TriangleAlert size={16} aria-hidden />} role="alert">
          {toProblem(code.error).errors[0]?.message ?? toProblem(code.error).detail}
        </Alert>
      )}
      <Form offer={offer} invite={offer ? invite : ""} onSent={setSentTo} />
      {signIn}
    </AuthFrame>
  );
}

function described(offer: Offer | null, t: ReturnType<typeof useTranslation>["t"]): string | undefined {
  if (!offer?.organization) return undefined;
  return t("register.joins", { organization: offer.organization, role: offer.role });
}

interface FormProps {
  offer: Offer | null;
  /** A code that is known to be good. */
  invite: string;
  onSent: (email: string) => void;
}

function Form({ offer, invite, onSent }: FormProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const { offers } = useSuspenseQuery(sessionOf(USER)).data;
  const registration = offers?.registration;
  const asksCode = invite === "" && registration?.mode === "invitation";
  const asksOrganization = registration?.organization === true && !offer?.organization;
  const fields = useMemo(
    () => [
      ...(asksCode ? [field("code", "text", t("register.code"), { help: t("register.codeHelp"), max: 40 })] : []),
      field("name", "text", t("identity.name"), { max: 120 }),
      ...(asksOrganization
        ? [
            field("organization", "text", t("register.organization"), {
              help: t("register.organizationHelp"),
              max: 120,
            }),
          ]
        : []),
      field("email", "email", t("identity.email")),
      field("password", "password", t("identity.password")),
    ],
    [t, asksCode, asksOrganization],
  );

  const send = async (values: Record<string, unknown>) => {
    const given = { ...values, ...(invite === "" ? {} : { code: invite }), language: currentLanguage() };
    const { confirm } = (await api.post<{ confirm: boolean }>("/account/registration", given)).data;
    if (confirm) return onSent(String(values.email));
    await enter(String(values.email), String(values.password));
  };
  // The account is there already; whether it is theirs, the password tells.
  const enter = async (email: string, password: string) => {
    try {
      const session = (await api.post<Session>(USER.session, { email, password })).data;
      becomeSession(client, session, USER);
      await router.navigate({ to: session.state === "signed_in" ? "/dashboard" : "/auth/login", replace: true });
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      await router.navigate({ to: "/auth/login", search: { done: "registered" }, replace: true });
    }
  };
  return (
    <NewPasswordForm
      key={fields.length}
      fields={fields}
      submitLabel={t("register.submit")}
      policy={offers?.password}
      autoComplete={{
        code: "off",
        name: "name",
        organization: "organization",
        email: "username",
        password: "new-password",
      }}
      send={send}
    />
  );
}

function LookIntoMail({ email, onRestart }: { email: string; onRestart: () => void }) {
  const { t } = useTranslation();
  return (
    <AuthFrame title={t("register.sentTitle")} description={t("register.sent", { email })}>
      <Stack gap={16}>
        <SendAgain />
        <Anchor component="button" type="button" fz={13} c="dimmed" onClick={onRestart} style={{ alignSelf: "start" }}>
          {t("register.otherAddress")}
        </Anchor>
      </Stack>
    </AuthFrame>
  );
}
