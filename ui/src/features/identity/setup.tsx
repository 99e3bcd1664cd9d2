import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, Problem } from "~/lib/api";
import { becomeSession, type Session, sessionQuery, useSession } from "~/lib/session";
import { AuthFrame } from "./auth-frame";
import { field } from "./fields";
import { NewPasswordForm } from "./new-password-form";

/** First launch: makes the first administrator. The page and its route are gone for ever afterwards. */
export function Setup() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const { setup_token_required, offers } = useSession();
  const fields = useMemo(
    () => [
      ...(setup_token_required ? [field("token", "text", t("setup.token"), { help: t("setup.tokenHelp") })] : []),
      field("name", "text", t("identity.name")),
      field("email", "email", t("identity.email"), { help: t("setup.emailHelp") }),
      field("password", "password", t("identity.password")),
    ],
    [t, setup_token_required],
  );

  const send = async (values: Record<string, unknown>) => {
    try {
      await api.post<Session>("/setup", values);
    } catch (error) {
      if (error instanceof Problem && error.kind === "not-found") {
        await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
        throw new Problem({ type: "/problems/gone", title: error.title, status: 404, detail: t("setup.alreadyDone") });
      }
      throw error;
    }
    becomeSession(client, (await api.get<Session>("/session")).data);
    await router.navigate({ to: "/admin", replace: true });
  };

  return (
    <AuthFrame title={t("setup.title")} description={t("setup.text")}>
      <NewPasswordForm
        key={String(setup_token_required)}
        fields={fields}
        submitLabel={t("setup.submit")}
        policy={offers?.password}
        autoComplete={{ token: "off", name: "name", email: "username", password: "new-password" }}
        send={send}
      />
    </AuthFrame>
  );
}
