import { Anchor } from "@mantine/core";
import { Link, useRouter } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, Problem } from "~/lib/api";
import { AuthFrame } from "./auth-frame";
import { field } from "./fields";
import { useLinkToken } from "./link-token";
import { NewPasswordForm } from "./new-password-form";

/** A reset link: one new password, then signed out everywhere. */
export function Reset() {
  const { t } = useTranslation();
  const router = useRouter();
  const token = useLinkToken();
  const [dead, setDead] = useState(token === "");
  const fields = useMemo(() => [field("password", "password", t("reset.newPassword"))], [t]);

  const send = async ({ password }: Record<string, unknown>) => {
    try {
      await api.post("/password-reset", { token, password });
    } catch (error) {
      if (error instanceof Problem && (error.kind === "gone" || error.kind === "not-found")) return setDead(true);
      throw error;
    }
    await router.navigate({ to: "/admin/login", search: { reset: "done" }, replace: true });
  };

  if (dead) {
    return (
      <AuthFrame title={t("reset.deadTitle")} description={t("reset.dead")}>
        <Anchor component={Link} to="/admin/login" fz={13}>
          {t("identity.toSignIn")}
        </Anchor>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame title={t("reset.title")} description={t("reset.text")}>
      <NewPasswordForm
        fields={fields}
        submitLabel={t("reset.submit")}
        autoComplete={{ password: "new-password" }}
        send={send}
      />
    </AuthFrame>
  );
}
