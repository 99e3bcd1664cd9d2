import { Alert, Button } from "@mantine/core";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { Mail } from "lucide-react";
import { useTranslation } from "react-i18next";
import { safeNext, USER } from "~/lib/door";
import { useUserSession } from "~/lib/session";
import { SignInLinks } from "../hosted/sign-in-links";
import { SignInSteps } from "../steps/sign-in-steps";

/** Of app users. */
export function UserSignIn() {
  const { t } = useTranslation();
  const router = useRouter();
  const { return_to: next, done } = useSearch({ from: "/auth/login" });
  const session = useUserSession();
  return (
    <SignInSteps
      door={USER}
      title={t("portal.signIn")}
      description={next ? t("portal.again") : undefined}
      wrongHelp={t("portal.wrongHelp")}
      notice={
        done && (
          <Alert color="green" variant="light" role="status">
            {t(done === "reset" ? "reset.done" : `portal.done.${done}`)}
          </Alert>
        )
      }
      others={
        session.offers?.magic_link && (
          <Button
            component={Link}
            to="/auth/magic"
            variant="default"
            size="md"
            fullWidth
            leftSection={<Mail size={16} aria-hidden />}
          >
            {t("magic.instead")}
          </Button>
        )
      }
      footer={<SignInLinks door={USER} session={session} />}
      onDone={async () => {
        const to = pathHere(next);
        // What a proxy guards is no page of ours, so the browser goes there itself.
        if (to === safeNext(to, USER)) await router.navigate({ href: to, replace: true });
        else window.location.replace(to);
      }}
    />
  );
}

/** A path of this very host, or the portal. */
function pathHere(next: unknown): string {
  return typeof next === "string" && /^\/(?![/\\])/.test(next) ? next : USER.home;
}
