import { Alert, Button, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ErrorSummary } from "~/kit/form/error-summary";
import { FormFields } from "~/kit/form/form-fields";
import { useForm } from "~/kit/form/use-form";
import { api, newKey, Problem } from "~/lib/api";
import { becomeSession, type Session, safeNext } from "~/lib/session";
import { AuthFrame } from "./auth-frame";
import { field } from "./fields";

export function SignIn() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const { next, reset } = useSearch({ from: "/admin/login" });
  const fields = useMemo(
    () => [field("email", "email", t("identity.email")), field("password", "password", t("identity.password"))],
    [t],
  );
  const form = useForm("identity", fields, { email: "", password: "" });

  const submit = async () => {
    let session: Session | undefined;
    const done = await form.submit(async (_changed, { email, password }) => {
      try {
        session = (await api.post<Session>("/session", { email, password }, { idempotencyKey: newKey() })).data;
      } catch (error) {
        // Which of the two was wrong is nobody's business; the wording is ours.
        if (error instanceof Problem && error.status === 401) {
          throw new Problem({
            type: "/problems/unauthenticated",
            title: t("signIn.wrong"),
            status: 401,
            detail: t("signIn.wrongHelp"),
          });
        }
        throw error;
      }
    });
    if (!done || !session) return form.set("password", "");
    becomeSession(client, session);
    await router.navigate({ href: safeNext(next), replace: true });
  };

  return (
    <AuthFrame title={t("signIn.title")} description={next ? t("signIn.again") : undefined}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Stack gap={16}>
          {reset === "done" && !form.problem && (
            <Alert color="green" variant="light">
              {t("reset.done")}
            </Alert>
          )}
          <ErrorSummary form={form} />
          <FormFields form={form} autoComplete={{ email: "username", password: "current-password" }} />
          <Button type="submit" loading={form.busy} fullWidth size="md">
            {t("signIn.submit")}
          </Button>
        </Stack>
      </form>
    </AuthFrame>
  );
}
