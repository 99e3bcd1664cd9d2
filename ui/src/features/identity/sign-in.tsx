import { Alert } from "@mantine/core";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { STAFF, safeNext } from "~/lib/door";
import { useSession } from "~/lib/session";
import { SignInLinks } from "./hosted/sign-in-links";
import { SignInSteps } from "./steps/sign-in-steps";

/** Of staff. */
export function SignIn() {
  const { t } = useTranslation();
  const router = useRouter();
  const { next, reset } = useSearch({ from: "/admin/login" });
  const session = useSession();
  return (
    <SignInSteps
      door={STAFF}
      title={t("signIn.title")}
      description={next ? t("signIn.again") : undefined}
      wrongHelp={t("signIn.wrongHelp")}
      footer={<SignInLinks door={STAFF} session={session} />}
      notice={
        reset === "done" && (
          <Alert color="green" variant="light">
            {t("reset.done")}
          </Alert>
        )
      }
      onDone={() => router.navigate({ href: safeNext(next), replace: true })}
    />
  );
}
